import { api, unwrap, type Schemas } from './client'

export type Me = Schemas['MeOut']
/** Who is signed in, if anyone, and which ways in this server has. */
export type SessionState = Schemas['SessionOut']

/** Sets the CSRF cookie and says who is signed in in this browser. */
export function fetchSession(): Promise<SessionState> {
  return unwrap(api.GET('/api/v1/session'))
}

export function fetchMe(): Promise<Me> {
  return unwrap(api.GET('/api/v1/me'))
}

/** `code` is of the second factor, for whoever was asked for one. */
export function signIn(username: string, password: string, code = ''): Promise<Me> {
  return unwrap(api.POST('/api/v1/session', { body: { username, password, code } }))
}

export function signOut() {
  return unwrap(api.DELETE('/api/v1/session'))
}

export function signUp(body: Schemas['SignUpInRequest']) {
  return unwrap(api.POST('/api/v1/sign-up', { body }))
}

/** Asks for a link by mail; the answer does not tell whether there is such an account. */
export function askReset(name: string) {
  return unwrap(api.POST('/api/v1/password-resets', { body: { name } }))
}

export function setFirstPassword(username: string, token: string, password: string) {
  return unwrap(api.POST('/api/v1/setup', { body: { username, token, password } }))
}
