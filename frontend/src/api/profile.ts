import { api, unwrap, type Schemas } from './client'
import type { Me } from './session'
import { proved } from '@/proof'

export type Token = Schemas['TokenOut']
export type SignIn = Schemas['SignInOut']
export type SecondFactor = Schemas['SecondFactorOut']
export type Enrolment = Schemas['EnrolmentOut']
export type NewToken = Schemas['NewTokenOut']

export type Storage = Schemas['StorageOut']

/** How full the server is to an administrator, and to anybody else their own. */
export function fetchShownStorage(): Promise<Storage> {
  return unwrap(api.GET('/api/v1/storage'))
}

export function fetchStorage(owner: string): Promise<Storage> {
  return unwrap(api.GET('/api/v1/storage/{owner}', { params: { path: { owner } } }))
}

export function changeProfile(body: Schemas['PatchedMeInRequest']): Promise<Me> {
  return unwrap(api.PATCH('/api/v1/me', { body }))
}

export function changePassword(old_password: string, password: string) {
  return unwrap(api.POST('/api/v1/me/password', { body: { old_password, password } }))
}

/** Shows that it is still the same person. */
export function prove(by: { password?: string; code?: string }) {
  return unwrap(api.POST('/api/v1/me/proof', { body: { password: '', code: '', ...by } }))
}

export function fetchSecondFactor(): Promise<SecondFactor> {
  return unwrap(api.GET('/api/v1/me/second-factor'))
}

/** Returns what a device takes to show codes, this once. */
export function beginSecondFactor(password: string): Promise<Enrolment> {
  return unwrap(api.POST('/api/v1/me/second-factor', { body: { password } }))
}

/** Turns the second factor on, and returns the recovery codes, this once. */
export async function confirmSecondFactor(code: string): Promise<string[]> {
  return (await unwrap(api.POST('/api/v1/me/second-factor/confirmation', { body: { code } }))).codes
}

export async function renewRecoveryCodes(password: string): Promise<string[]> {
  const body = { password }
  return (await unwrap(api.POST('/api/v1/me/second-factor/recovery-codes', { body }))).codes
}

export function endSecondFactor(password: string) {
  return unwrap(api.POST('/api/v1/me/second-factor/removal', { body: { password } }))
}

export async function fetchTokens(): Promise<Token[]> {
  return (await unwrap(api.GET('/api/v1/tokens'))).results
}

export function createToken(body: Schemas['TokenInRequest']): Promise<NewToken> {
  return proved(() => unwrap(api.POST('/api/v1/tokens', { body })))
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

/** Signs out everywhere else, and in this browser too where `here` is set. */
export function endSignIns(here: boolean) {
  return unwrap(api.DELETE('/api/v1/sessions', { params: { query: { here } } }))
}
