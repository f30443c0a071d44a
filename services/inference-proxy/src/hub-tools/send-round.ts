import { HOPS_HEADER } from '@alkdev/contracts'
import type { IncomingHttpHeaders } from 'node:http'
import { request as send } from 'undici'
import type { Dispatcher } from 'undici'

/** Headers of the client that count for each of its rounds. */
const PASSED = [
  'authorization',
  'x-api-key',
  'anthropic-beta',
  'anthropic-version',
  'openai-beta',
  'traceparent',
  'tracestate',
  'x-alkhub-session',
  'x-alkhub-tags',
  HOPS_HEADER,
  'x-alkhub-first-content-ms',
  'x-client-request-id',
] as const

export interface RoundRequest {
  /** Base URL of this process. */
  readonly url: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Of the proxy itself. */
  readonly own: Readonly<Record<string, string>>
  readonly body: object
  readonly signal: AbortSignal
}

/**
 * Sends one round as a request of its own to this process: it is authenticated, limited, reserved, routed and recorded as every other call of
 * a model. Its time limits are those of that call.
 */
export function sendRound(round: RoundRequest): Promise<Dispatcher.ResponseData> {
  const passed = PASSED.flatMap((name) => {
    const value = round.headers[name]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return send(`${round.url}/v1/${round.path}`, {
    method: 'POST',
    headers: {
      ...Object.fromEntries(passed),
      ...round.own,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify(round.body),
    signal: round.signal,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}
