import { api, unwrap, type Schemas } from './client'
import type { Me } from './session'

export type Token = Schemas['TokenOut']
export type SignIn = Schemas['SignInOut']
export type NewToken = Schemas['NewTokenOut']

export function changeProfile(body: Schemas['PatchedMeInRequest']): Promise<Me> {
  return unwrap(api.PATCH('/api/v1/me', { body }))
}

export function changePassword(old_password: string, password: string) {
  return unwrap(api.POST('/api/v1/me/password', { body: { old_password, password } }))
}

export async function fetchTokens(): Promise<Token[]> {
  return (await unwrap(api.GET('/api/v1/tokens'))).results
}

export function createToken(body: Schemas['TokenInRequest']): Promise<NewToken> {
  return unwrap(api.POST('/api/v1/tokens', { body }))
}

export function revokeToken(token_id: number) {
  return unwrap(api.DELETE('/api/v1/tokens/{token_id}', { params: { path: { token_id } } }))
}

export async function fetchSignIns(): Promise<SignIn[]> {
  return (await unwrap(api.GET('/api/v1/sessions'))).results
}

export function endSignIn(session_id: number) {
  return unwrap(api.DELETE('/api/v1/sessions/{session_id}', { params: { path: { session_id } } }))
}

/** Signs out everywhere but in this browser. */
export function endOtherSignIns() {
  return unwrap(api.DELETE('/api/v1/sessions'))
}
