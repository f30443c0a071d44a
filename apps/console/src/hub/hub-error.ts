/** What the hub answered in place of a result, or why there was no answer. */
export class HubError extends Error {
  readonly code: string
  readonly status: number
  readonly details: unknown
  readonly callId: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(
    code: string,
    message: string,
    more: {
      readonly status?: number
      readonly details?: unknown
      readonly callId?: string | undefined
      readonly retryAfterMs?: number | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'HubError'
    this.code = code
    this.status = more.status ?? 0
    this.details = more.details
    this.callId = more.callId
    this.retryAfterMs = more.retryAfterMs
  }

  /** Any thrown value as a HubError. */
  static from(thrown: unknown): HubError {
    if (thrown instanceof HubError) return thrown
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return new HubError('NO_ANSWER', `The hub does not answer (${why}).`, { cause: thrown })
  }
}

interface Problem {
  readonly code?: string
  readonly detail?: string
  readonly details?: unknown
  readonly requestId?: string
  readonly callId?: string
}

/** The error that an answer describes. An answer that is no problem, for instance of a proxy, is named by its status. */
export async function errorOf(answer: Response): Promise<HubError> {
  const body = (await answer.json().catch(() => ({}))) as Problem
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  return new HubError(
    body.code ?? `HTTP_${answer.status}`,
    body.detail ?? `The answer has the status ${answer.status}.`,
    {
      status: answer.status,
      details: body.details,
      callId: body.callId ?? body.requestId,
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
    },
  )
}
