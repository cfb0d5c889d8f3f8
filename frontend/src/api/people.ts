import { api, unwrap, type Schemas } from './client'
import { proved } from '@/proof'

export type Person = Schemas['PersonOut']
export type PeoplePage = Schemas['PeoplePage']
export type Role = Person['role']
export type Invitation = Schemas['InvitationInRequest']
export type Link = Schemas['InvitationOut']
export type Team = Schemas['TeamOut']
export type SystemState = Schemas['SystemOut']

export const ROLES: Role[] = ['admin', 'maintainer', 'contributor', 'viewer']

export interface PeopleFilter {
  q?: string
  role?: Role
  state?: Person['state']
  after?: string
}

const of = (username: string) => ({ params: { path: { username } } })

export function fetchPeople(query: PeopleFilter): Promise<PeoplePage> {
  return unwrap(api.GET('/api/v1/people', { params: { query } }))
}

export async function invite(people: Invitation[]): Promise<Link[]> {
  return (await proved(() => unwrap(api.POST('/api/v1/people', { body: { people } })))).results
}

export function changePerson(
  username: string,
  body: Schemas['PatchedPersonInRequest'],
): Promise<Person> {
  return proved(() => unwrap(api.PATCH('/api/v1/people/{username}', { ...of(username), body })))
}

export function resetPassword(username: string): Promise<Link> {
  return proved(() => unwrap(api.POST('/api/v1/people/{username}/password', of(username))))
}

export function revokeTokens(username: string) {
  return unwrap(api.DELETE('/api/v1/people/{username}/tokens', of(username)))
}

/** Takes the second factor of somebody away who lost it. */
export function resetSecondFactor(username: string) {
  return proved(() => unwrap(api.DELETE('/api/v1/people/{username}/second-factor', of(username))))
}

export function deletePerson(username: string, hand_over_to: string) {
  const body = { hand_over_to }
  return proved(() =>
    unwrap(api.POST('/api/v1/people/{username}/departure', { ...of(username), body })),
  )
}

export async function fetchTeams(): Promise<Team[]> {
  return (await unwrap(api.GET('/api/v1/teams'))).results
}

export function createTeam(slug: string, name: string): Promise<Team> {
  return unwrap(api.POST('/api/v1/teams', { body: { slug, name } }))
}

export function deleteTeam(team: string) {
  return unwrap(api.DELETE('/api/v1/teams/{team}', { params: { path: { team } } }))
}

export function setMember(team: string, username: string, is_owner: boolean): Promise<Team> {
  return unwrap(
    api.PUT('/api/v1/teams/{team}/members/{username}', {
      params: { path: { team, username } },
      body: { is_owner },
    }),
  )
}

export function removeMember(team: string, username: string) {
  return unwrap(
    api.DELETE('/api/v1/teams/{team}/members/{username}', { params: { path: { team, username } } }),
  )
}

export function fetchSystem(): Promise<SystemState> {
  return unwrap(api.GET('/api/v1/system'))
}
