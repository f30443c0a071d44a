import { base } from './base.ts'
import { errorOf, HubError } from './hub-error.ts'
import { loggedOut } from './log-in.ts'

/** Sent with each request; a page of another origin can't. */
const OWN = { 'x-alkhub-console': '1' } as const
/** For requests that are not calls or streams; those have the deadline of the hub. */
const DEFAULT_TIMEOUT_MS = 60_000

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Null: none, for streams. Default: a minute. */
  readonly timeoutMs?: number | null
}

/** Sends a request below the address of the console. Throws HubError; 401 shows the log-in. */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, headers, signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const signals = [
    ...(signal === undefined ? [] : [signal]),
    ...(timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)]),
  ]
  let answer: Response
  try {
    answer = await fetch(new URL(path, base), {
      method,
      headers: {
        ...OWN,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw HubError.from(error)
  }
  if (answer.ok) return answer
  const error = await errorOf(answer)
  // An operation of a spoke or of an outside service may have errors of its own with this status.
  if (error.status === 401 && error.code === 'UNAUTHENTICATED' && path !== 'session') loggedOut()
  throw error
}
