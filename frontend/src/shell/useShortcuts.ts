import { onBeforeUnmount, onMounted, ref } from 'vue'
import { useRouter } from 'vue-router'

const KEY = 'ondol.keys'
const CHAIN_MS = 1200

/** Where `g` and a letter lead; a page that this portal does not have is left out. */
export const PLACES = [
  { key: 'm', route: 'entry' },
  { key: 'c', route: 'contexts' },
  { key: 'j', route: 'jobs' },
  { key: 'd', route: 'devices' },
  { key: 'b', route: 'benchmarks' },
] as const

/** Single keys disturb people who speak to their computer: they can be switched off. */
export const singleKeys = ref(localStorage.getItem(KEY) !== 'off')

export function setSingleKeys(on: boolean) {
  singleKeys.value = on
  if (on) localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, 'off')
}

const TYPED =
  'input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], [role=dialog] *, [role=menu] *'

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches(TYPED)
}

/** Moves the focus to the next or the previous row of the list in view. */
function moveRow(step: number) {
  const links = [...document.querySelectorAll<HTMLElement>('main .row')].flatMap(
    (row) => row.querySelector<HTMLElement>('a[href]') ?? [],
  )
  const at = links.findIndex((link) => link.closest('.row')?.contains(document.activeElement))
  const next = links[at < 0 ? 0 : at + step]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

/** Takes the row in focus to the comparison, or out of it. */
function chooseRow() {
  const box = document.activeElement?.closest('.row')?.querySelector('input[type=checkbox]')
  if (box instanceof HTMLElement) box.click()
}

/** Goes to the tab before or after the one in view. */
function moveTab(step: number) {
  const tabs = [...document.querySelectorAll<HTMLElement>('main [data-tabs] a')]
  const at = tabs.findIndex((tab) => tab.getAttribute('aria-current') === 'page')
  tabs[at + step]?.click()
}

/** Listens for the keys that work on every page. */
export function useShortcuts(open: { palette: () => void; keys: () => void }) {
  const router = useRouter()
  let chained = 0

  function goTo(letter: string): boolean {
    const place = PLACES.find(({ key, route }) => key === letter && router.hasRoute(route))
    if (place) void router.push({ name: place.route })
    return Boolean(place)
  }

  const acts: Record<string, () => void> = {
    '?': open.keys,
    n: () => void router.push({ name: 'register' }),
    j: () => {
      moveRow(1)
    },
    k: () => {
      moveRow(-1)
    },
    x: chooseRow,
    c: () => document.querySelector<HTMLElement>('main [data-compare]')?.click(),
    u: () => [...document.querySelectorAll<HTMLElement>('[data-undo]')].at(-1)?.click(),
    '[': () => {
      moveTab(-1)
    },
    ']': () => {
      moveTab(1)
    },
    g: () => (chained = Date.now()),
  }

  function onKey(event: KeyboardEvent) {
    const { key } = event
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === 'k') {
      event.preventDefault()
      open.palette()
      return
    }
    const modified = event.ctrlKey || event.metaKey || event.altKey
    if (!singleKeys.value || modified || event.defaultPrevented || isTyping(event.target)) return
    const chain = Date.now() - chained < CHAIN_MS
    chained = 0
    if (chain && goTo(key)) return
    acts[key]?.()
  }

  onMounted(() => {
    addEventListener('keydown', onKey)
  })
  onBeforeUnmount(() => {
    removeEventListener('keydown', onKey)
  })
}
