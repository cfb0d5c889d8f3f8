import { computed, shallowRef, watchEffect } from 'vue'
import { fetchMe, fetchSession, signIn, signOut, type Me, type SessionState } from './api/session'

/** Who is here: the only state that the whole portal shares. */
const me = shallowRef<Me | null>(null)
const ways = shallowRef<SessionState | null>(null)
let asked: Promise<void> | null = null

/** Kept for `public/early.js`: what this browser may ask for before it knows who is here. */
const READS = 'ondol.reads'

async function ask() {
  ways.value = await fetchSession()
  me.value = ways.value.me
}

watchEffect(() => {
  const reads = me.value?.may_maintain ? 'steps' : me.value || showsPublic() ? 'models' : ''
  if (reads) localStorage.setItem(READS, reads)
  else if (ways.value) localStorage.removeItem(READS)
})

/** Asks the server once who is here; a failed try may be repeated. */
export function loadSession(): Promise<void> {
  asked ??= ask().catch((error: unknown) => {
    asked = null
    throw error
  })
  return asked
}

/** Forgets who was here, as after the server no longer knows the session. */
export function endSession() {
  me.value = null
}

export function useSession() {
  return {
    me: computed(() => me.value),
    /** The ways in that this server has, once it answered. */
    ways: computed(() => ways.value),
    async enter(username: string, password: string, code = '') {
      me.value = await signIn(username, password, code)
    },
    async refresh() {
      me.value = await fetchMe()
    },
    async leave() {
      await signOut()
      endSession()
    },
  }
}

/** Whether the server waits for a second factor of this person before anything else. */
export function mustEnrol(): boolean {
  return me.value?.second_factor === 'required'
}

export function isSignedIn(): boolean {
  return me.value !== null
}

/** Whether this server shows what is public to whoever did not sign in. */
export function showsPublic(): boolean {
  return ways.value?.anonymous_read === true
}
