import createClient, { type Middleware } from 'openapi-fetch'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

/** What the server says when it says no: a stable code, a sentence, and the fields concerned. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, string[]>,
    readonly requestId: string,
    /** When one may try again, where the server said so. */
    readonly retryAt: Date | null = null,
    /** The names and numbers of the sentence. */
    readonly values: Record<string, string | number> = {},
  ) {
    super(message)
  }
}

export function csrfToken(): string {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? ''
}

const withOurs: Middleware = {
  onRequest({ request }) {
    // What is wrong with a field is said in this language, whatever the browser's own is.
    request.headers.set('Accept-Language', document.documentElement.lang)
    if (request.method !== 'GET') request.headers.set('X-CSRFToken', csrfToken())
    return request
  },
}

declare global {
  interface Window {
    /** Answers that `public/early.js` asked for, by address. */
    ondolEarly?: Map<string, Promise<Response>>
  }
}

/** What was asked for before this script came; only once, for later it may be old. */
function early({ method, url }: Request): Promise<Response> | undefined {
  const answer = method === 'GET' ? window.ondolEarly?.get(url) : undefined
  window.ondolEarly?.delete(url)
  return answer
}

// `fetch` is looked up at each call, so that a test may replace it.
export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: (request) => early(request) ?? globalThis.fetch(request),
})
api.use(withOurs)

interface Said {
  code: string
  message: string
  details: Record<string, string[]>
  values?: Record<string, string | number>
}

function isRefusal(body: unknown): body is Said {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body
}

function retryAtOf(response: Response): Date | null {
  const seconds = Number(response.headers.get('Retry-After') ?? '')
  return seconds > 0 ? new Date(Date.now() + seconds * 1000) : null
}

/** What an answer that is no success stands for. */
export function refusalOf(response: Response, body: unknown): Refusal {
  const requestId = response.headers.get('X-Request-Id') ?? ''
  if (isRefusal(body)) {
    const { code, message, details, values } = body
    const retryAt = retryAtOf(response)
    return new Refusal(response.status, code, message, details, requestId, retryAt, values)
  }
  return new Refusal(response.status, 'fault', `HTTP ${response.status}`, {}, requestId)
}

/** The first sentence of each field that a refusal names; a part of a list counts as the list. */
export function fieldErrors(problem: unknown): Record<string, string> {
  if (!(problem instanceof Refusal)) return {}
  const found: Record<string, string> = {}
  for (const [path, sentences] of Object.entries(problem.details)) {
    const field = path.split('.')[0] ?? path
    found[field] ??= [sentences].flat()[0] ?? problem.message
  }
  return found
}

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Returns the body of an answer, or throws the refusal; no answer at all is one with status 0. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call.catch(() => {
    throw new Refusal(0, 'offline', 'offline', {}, '')
  })
  if (!response.ok) throw refusalOf(response, error)
  return data as T
}
