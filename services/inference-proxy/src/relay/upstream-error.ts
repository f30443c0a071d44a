import { CodedError } from '@alkdev/errors'
import { OutboundRefusedError } from '@alkdev/outbound'

/**
 * Where a request may go after a failure: to the next target, to the next key of the provider or the next target, to a target with a bigger
 * window, or nowhere.
 */
export type NextAttempt = 'target' | 'key' | 'bigger' | 'none'

export interface UpstreamErrorOptions {
  /** The HTTP status for the client. */
  readonly status: number
  readonly next: NextAttempt
  /** The target itself failed (not reached, timed out, closed the connection, 5xx), which its circuit breaker counts. */
  readonly isFault?: boolean
  /** HTTP status of the provider. */
  readonly upstreamStatus?: number
  /** Nothing was sent to the provider. */
  readonly isLocal?: boolean
  /** The same request may be sent to the same target again. */
  readonly mayRepeat?: boolean
  /** The provider may have used tokens. */
  readonly mayHaveUsed?: boolean
  /** Milliseconds after which the provider wants to be asked again. */
  readonly retryAfterMs?: number
  /** The provider's own error, without its secret, to be sent instead of ours. */
  readonly body?: object
  /** Headers of the provider's answer for the client. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** A provider failed. Code and message are for the client; neither holds anything of the provider's secret. */
export class UpstreamError extends CodedError {
  override readonly name = 'UpstreamError'
  readonly httpStatus: number
  readonly next: NextAttempt
  readonly isFault: boolean
  readonly upstreamStatus: number | undefined
  readonly isLocal: boolean
  readonly mayRepeat: boolean
  readonly mayHaveUsed: boolean
  /** Milliseconds that the provider asks to wait. */
  readonly askedMs: number
  readonly body: object | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(code: string, message: string, options: UpstreamErrorOptions) {
    const retryAfterMs =
      options.retryAfterMs ?? (code === 'PROVIDER_UNAVAILABLE' ? 1000 : undefined)
    super(code, message, {
      ...(options.cause !== undefined && { cause: options.cause }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
    this.httpStatus = options.status
    this.next = options.next
    this.isFault = options.isFault ?? false
    this.upstreamStatus = options.upstreamStatus
    this.isLocal = options.isLocal ?? false
    this.mayRepeat = options.mayRepeat ?? false
    this.mayHaveUsed = options.mayHaveUsed ?? false
    this.askedMs = options.retryAfterMs ?? 0
    this.body = options.body
    this.headers = options.headers ?? {}
  }
}

/** Nothing was sent: the connection was never made. */
const NOT_CONNECTED =
  /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENOTFOUND|EAI_[A-Z]+|UND_ERR_CONNECT_TIMEOUT|CERT_[A-Z_]+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_[A-Z_]+|ERR_TLS_[A-Z_]+|ERR_SSL_[A-Z_0-9]+)$/

/** What went wrong on the way to a provider, before it answered. */
export function connectionError(cause: unknown, provider: string): CodedError {
  const refused = OutboundRefusedError.in(cause)
  if (refused)
    return new UpstreamError(
      refused.code,
      new OutboundRefusedError(`The address of the provider ${provider}`).message,
      { status: refused.status, next: 'target', isLocal: true },
    )
  const { name, code = '' } = cause as { name?: string; code?: string }
  if (name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW')
    return badAnswer(
      provider,
      'answered with something else than HTTP, or with too many headers',
      cause,
    )
  const codes = codesOf(cause)
  const wasNotSent = codes.length > 0 && codes.every((one) => NOT_CONNECTED.test(one))
  if (name === 'TimeoutError' || (!wasNotSent && code.includes('TIMEOUT')))
    return new UpstreamError('TIMEOUT', `The provider ${provider} did not answer in time.`, {
      status: 504,
      next: 'target',
      isFault: true,
      mayHaveUsed: true,
      cause,
    })
  return new UpstreamError(
    'PROVIDER_UNAVAILABLE',
    wasNotSent
      ? `The provider ${provider} cannot be reached.`
      : `The provider ${provider} closed the connection before it answered.`,
    {
      status: 503,
      next: 'target',
      isFault: true,
      mayRepeat: wasNotSent,
      mayHaveUsed: !wasNotSent,
      cause,
    },
  )
}

function codesOf(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap((one) => codesOf(one))
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? [code] : []
}

/** An answer that is not what was asked for. It may have been charged, so the same target is not asked again. */
export function badAnswer(provider: string, what: string, cause?: unknown): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_ANSWER', `The provider ${provider} ${what}.`, {
    status: 502,
    next: 'target',
    isFault: true,
    mayHaveUsed: true,
    cause,
  })
}

/** An answer that did not come to its end. */
export function truncated(provider: string, cause?: unknown): UpstreamError {
  return new UpstreamError(
    'UPSTREAM_TRUNCATED',
    `The provider ${provider} ended its answer before it was whole.`,
    { status: 502, next: 'target', isFault: true, mayHaveUsed: true, cause },
  )
}

/** The answers of a provider that concern the key of the hub. */
export function keyRefused(provider: string, status: number): UpstreamError {
  return status === 402 || status === 429
    ? new UpstreamError(
        'UPSTREAM_QUOTA_EXCEEDED',
        `The account of the hub at the provider ${provider} has no credit left. The account that manages this provider must add some.`,
        { status: 502, next: 'key', upstreamStatus: status },
      )
    : new UpstreamError(
        'UPSTREAM_AUTH_FAILED',
        `The provider ${provider} did not accept the hub's key. The account that manages this provider must check its secret.`,
        { status: 502, next: 'key', upstreamStatus: status },
      )
}
