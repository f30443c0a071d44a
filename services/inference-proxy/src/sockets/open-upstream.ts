import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Provider } from '../providers/provider.ts'
import { AttemptLimit } from '../relay/attempt-limit.ts'
import { keyRefused, connectionError, UpstreamError } from '../relay/upstream-error.ts'

export interface OpenedUpstream {
  readonly headers: IncomingHttpHeaders
  readonly socket: Duplex
}

/** What ends the opening of a WebSocket. */
export interface OpeningLimits {
  readonly signal: AbortSignal
  /** Milliseconds until the provider switches protocols. They count no more when it has. */
  readonly limitMs: number
}

/**
 * Opens a WebSocket at a provider, as far as HTTP does. Throws UpstreamError for a provider that cannot be reached, does not answer in time, or does
 * not switch protocols; the reason of `signal` when it is aborted before.
 */
export async function openUpstream(
  dispatcher: Dispatcher,
  provider: Provider,
  url: URL,
  headers: Readonly<Record<string, string>>,
  { signal, limitMs }: OpeningLimits,
): Promise<OpenedUpstream> {
  const { promise, resolve, reject } = Promise.withResolvers<OpenedUpstream>()
  signal.throwIfAborted()
  using limit = new AttemptLimit(limitMs)
  const ending = AbortSignal.any([signal, limit.signal])
  let abort = (): void => reject(ending.reason)
  ending.addEventListener('abort', () => abort(), { once: true })
  dispatcher.dispatch(
    {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      headers: { ...headers },
      upgrade: 'websocket',
    },
    {
      onRequestStart(controller) {
        abort = () => controller.abort(ending.reason as Error)
        if (ending.aborted) abort()
      },
      onRequestUpgrade: (_controller, statusCode, answered, socket) => {
        abort = () => socket.destroy()
        if (statusCode === 101) resolve({ headers: answered, socket })
        else reject(notSwitched(provider, statusCode))
      },
      onResponseStart(controller, statusCode) {
        reject(notSwitched(provider, statusCode))
        controller.abort(new Error('the answer is not needed'))
      },
      onResponseData: () => undefined,
      onResponseEnd: () => undefined,
      onResponseError: (_controller, error) => reject(error),
    },
  )
  try {
    return await promise
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof UpstreamError ? error : connectionError(error, provider.name)
  }
}

function notSwitched({ name }: Provider, status: number): UpstreamError {
  if ([401, 402, 403, 407].includes(status)) return keyRefused(name, status)
  return new UpstreamError(
    'UPSTREAM_ERROR',
    `The provider ${name} answered ${status} and did not open a WebSocket.`,
    { status: status >= 400 && status <= 599 ? status : 502, next: 'none', upstreamStatus: status },
  )
}
