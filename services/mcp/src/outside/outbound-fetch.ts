import { HOPS_HEADER } from '@alkdev/contracts'
import type { OauthConfig } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { createOutboundAgent } from '@alkdev/outbound'
import type { AddressPolicy } from '@alkdev/outbound'
import { fetch as undiciFetch, Response as UndiciResponse } from 'undici'
import { callDepth } from './call-scope.ts'
import { EventCounter } from './event-counter.ts'
import type { EventPace } from './event-pace.ts'
import { MAX_ANSWER_BYTES, MAX_STREAM_BYTES } from './limits.ts'
import { OauthTokens } from './oauth-token.ts'

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

export interface OutboundFetchOptions {
  readonly policy: AddressPolicy
  /** The service's own address: only its origin gets credentials and headers. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly secret?: string | undefined
  readonly auth?: { readonly header: string; readonly prefix?: string } | undefined
  readonly oauth?: OauthConfig | undefined
  /** At which event streams are read. Default: as they come. */
  readonly pace?: EventPace
  /** Called with each access token that is issued. */
  readonly onToken?: (token: string) => void
  /** Names this hub in the header that ends loops between hubs. */
  readonly deploymentId: string
}

export interface OutboundFetch {
  readonly fetch: Fetch
  /** Ends all requests and connections. */
  close(): Promise<void>
}

/** Milliseconds until the headers of an answer: longer than the longest call. */
const HEADERS_TIMEOUT_MS = 660_000

/**
 * A `fetch` for one outside service: connects to allowed addresses only, adds the credentials for the service's own origin, follows no
 * redirect by itself, and bounds the bytes of each answer. A token that the service refuses is replaced once.
 */
export function createOutboundFetch(options: OutboundFetchOptions): OutboundFetch {
  const agent = createOutboundAgent(options.policy, {
    connectTimeoutMs: 10_000,
    headersTimeoutMs: HEADERS_TIMEOUT_MS,
    bodyTimeoutMs: 300_000,
  })
  const send: Fetch = async (url, init) => {
    const answer = await undiciFetch(url, {
      ...init,
      redirect: 'manual',
      dispatcher: agent,
    } as never)
    return bounded(answer, options.pace)
  }
  const { origin } = new URL(options.url)
  const { oauth, secret = '', onToken } = options
  const tokens = oauth === undefined ? undefined : new OauthTokens(oauth, secret, send, onToken)
  const hops = (): string => `${options.deploymentId}:${callDepth() + 1}`

  async function sendOwn(url: string | URL, init: RequestInit | undefined): Promise<Response> {
    const headers = new Headers(init?.headers)
    for (const [name, value] of Object.entries(options.headers)) headers.set(name, value)
    headers.set(HOPS_HEADER, hops())
    if (tokens === undefined) {
      setSecret(headers, options)
      return send(url, { ...init, headers: Object.fromEntries(headers) })
    }
    const token = await tokens.get()
    headers.set('authorization', `Bearer ${token}`)
    const answer = await send(url, { ...init, headers: Object.fromEntries(headers) })
    if (answer.status !== 401 || !isRepeatable(init?.body)) return answer
    await answer.body?.cancel()
    tokens.refuse(token)
    headers.set('authorization', `Bearer ${await tokens.get()}`)
    return send(url, { ...init, headers: Object.fromEntries(headers) })
  }

  return {
    fetch: (url, init) => (new URL(url).origin === origin ? sendOwn(url, init) : send(url, init)),
    close: () => agent.destroy(),
  }
}

function setSecret(headers: Headers, { secret, auth }: OutboundFetchOptions): void {
  if (secret === undefined) return
  if (auth === undefined) headers.set('authorization', `Bearer ${secret}`)
  else headers.set(auth.header, `${auth.prefix ?? ''}${secret}`)
}

function isRepeatable(body: unknown): boolean {
  return (
    body === undefined || body === null || typeof body === 'string' || body instanceof ArrayBuffer
  )
}

/** The answer with a body that fails with PAYLOAD_TOO_LARGE beyond the limit, and whose events are read at the given pace. */
function bounded(answer: Response, pace: EventPace | undefined): Response {
  if (answer.body === null) return answer
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true
  const most = isStream ? MAX_STREAM_BYTES : MAX_ANSWER_BYTES
  const events = new EventCounter()
  const tooLong = (limit: number, what: string): CallError =>
    new CallError(
      'PAYLOAD_TOO_LARGE',
      `The outside service answers with ${what}more than ${limit} bytes.`,
    )
  let bytes = 0
  const counted = answer.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      async transform(chunk, controller) {
        bytes += chunk.byteLength
        if (bytes > most) return controller.error(tooLong(most, ''))
        if (isStream) {
          const { lines, longest } = events.add(chunk)
          // One event is one answer, and is read at once.
          if (longest > MAX_ANSWER_BYTES)
            return controller.error(tooLong(MAX_ANSWER_BYTES, 'an event of '))
          await pace?.take(lines)
        }
        controller.enqueue(chunk)
      },
    }),
  )
  const { status, statusText, headers, url } = answer
  const limited = new UndiciResponse(counted as never, {
    status,
    statusText,
    headers: headers as never,
  })
  Object.defineProperty(limited, 'url', { value: url })
  return limited
}
