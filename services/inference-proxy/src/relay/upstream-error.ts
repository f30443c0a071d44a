import { CodedError } from '@alkdev/errors'
import { OutboundRefusedError } from '@alkdev/outbound'

export interface UpstreamErrorOptions {
  /** The HTTP status for the client. */
  readonly status: number
  /** Whether the next target of an alias may be tried: nothing was charged for this one. */
  readonly failover: boolean
  /** The provider's own error, in OpenAI's shape and without its secret, to be sent instead of ours. */
  readonly body?: object
  /** Headers of the provider's answer for the client. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** A provider failed. Code and message are for the client; neither holds anything of the provider's secret. */
export class UpstreamError extends CodedError {
  override readonly name = 'UpstreamError'
  readonly httpStatus: number
  readonly failover: boolean
  readonly body: object | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(code: string, message: string, options: UpstreamErrorOptions) {
    super(code, message, {
      ...(options.cause !== undefined && { cause: options.cause }),
      ...(code === 'PROVIDER_UNAVAILABLE' && { retryAfterMs: 1000 }),
    })
    this.httpStatus = options.status
    this.failover = options.failover
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
      { status: refused.status, failover: true },
    )
  const { name, code = '' } = cause as { name?: string; code?: string }
  const failover = codesOf(cause).every((one) => NOT_CONNECTED.test(one))
  if (name === 'TimeoutError' || (!failover && code.includes('TIMEOUT')))
    return new UpstreamError('TIMEOUT', `The provider ${provider} did not answer in time.`, {
      status: 504,
      failover: false,
      cause,
    })
  return new UpstreamError(
    'PROVIDER_UNAVAILABLE',
    failover
      ? `The provider ${provider} can not be reached.`
      : `The provider ${provider} broke off before it answered.`,
    { status: 503, failover, cause },
  )
}

function codesOf(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap((one) => codesOf(one))
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? [code] : []
}

/** An answer that is not what was asked for. It may have been charged, so no other target is tried. */
export function badAnswer(provider: string, what: string, cause?: unknown): UpstreamError {
  return new UpstreamError('UPSTREAM_BAD_ANSWER', `The provider ${provider} ${what}.`, {
    status: 502,
    failover: false,
    cause,
  })
}
