import { CallError } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { EndReason } from '@alkdev/storage/sessions'

interface Options {
  readonly isRetryable?: boolean
  readonly retryAfterMs?: number | undefined
  readonly status?: number | undefined
  readonly budgetId?: string | undefined
  readonly refusesReasoning?: boolean
}

/** Why a step gave nothing: the reason, and the error for people. */
export class StepFailure extends Error {
  readonly reason: EndReason
  readonly code: string
  readonly isRetryable: boolean
  /** Milliseconds after which the provider takes calls again. */
  readonly retryAfterMs: number | undefined
  readonly status: number | undefined
  /** The budget that had no room for the call. */
  readonly budgetId: string | undefined
  /** The provider may have refused the reasoning of earlier steps: the step is to be made without it. */
  readonly refusesReasoning: boolean

  constructor(reason: EndReason, code: string, message: string, options: Options = {}) {
    super(message)
    this.name = 'StepFailure'
    this.reason = reason
    this.code = code
    this.isRetryable = options.isRetryable ?? false
    this.retryAfterMs = options.retryAfterMs
    this.status = options.status
    this.budgetId = options.budgetId
    this.refusesReasoning = options.refusesReasoning ?? false
  }

  /** The same for a request that had reasoning of earlier steps; undefined when that cannot be the reason. */
  asRefusalOfReasoning(): StepFailure | undefined {
    const { reason, code, message, status } = this
    if (reason !== 'provider-error' || !MAY_REFUSE_REASONING.has(status ?? 0)) return undefined
    const options = { isRetryable: true, retryAfterMs: 0, status, refusesReasoning: true }
    return new StepFailure(reason, code, message, options)
  }

  /** A failure of the call of the model. What an upstream wrote is shortened. */
  static from(error: unknown): StepFailure {
    if (error instanceof StepFailure) return error
    if (error instanceof CallError)
      return new StepFailure('provider-error', error.code, error.message, {
        isRetryable: error.ran === 'no' && error.disposition === 'retryable',
      })
    const { statusCode: said, responseBody, responseHeaders, message } = apiErrorOf(error)
    const { code, text, param, type } =
      responseBody !== undefined
        ? bodyOf(responseBody)
        : // What the SDK makes of an error in a stream is no Error.
          membersOf(error instanceof Error ? undefined : error)
    // An error in a stream that has begun has no status, or one that the SDK made up.
    const isKnown = said !== undefined && said !== 500
    const statusCode = isKnown ? said : (STATUSES[code ?? ''] ?? STATUSES[type ?? ''] ?? said)
    const shown = (text ?? message ?? 'The call of the model failed.').slice(0, 1000)
    if (statusCode === 401)
      return new StepFailure('revoked', 'UNAUTHENTICATED', shown, { status: statusCode })
    if (statusCode === 402)
      return new StepFailure('budget', code ?? 'BUDGET_EXCEEDED', shown, {
        status: statusCode,
        budgetId: param,
      })
    if (statusCode === 413 || TOO_LONG.test(`${code} ${shown}`))
      return new StepFailure(
        'context-exhausted',
        'PAYLOAD_TOO_LARGE',
        shown,
        compact({ status: statusCode }),
      )
    const retryAfterMs = retryAfterOf(responseHeaders)
    if (statusCode === 429)
      return new StepFailure('rate-limit', 'RATE_LIMITED', shown, {
        isRetryable: true,
        retryAfterMs,
        status: statusCode,
      })
    const isRetryable = statusCode === undefined || statusCode >= 500 || statusCode === 408
    return new StepFailure('provider-error', (code ?? 'EXECUTION_ERROR').toUpperCase(), shown, {
      isRetryable,
      ...compact({ retryAfterMs, status: statusCode }),
    })
  }

  /** A CallFailure as JSON. */
  toJson(): string {
    const details = compact({ status: this.status })
    return JSON.stringify({
      code: this.code,
      message: this.message,
      ...(this.status !== undefined && { details }),
    })
  }
}

/** How providers say that the input does not fit into the window of the model. */
const TOO_LONG =
  /context[ _](?:length|window)|maximum context|(?:prompt|input) is too long|too many tokens|exceeds the maximum number of tokens/i
/** A request that is not valid, or names an item that is not there: 409 is the proxy's, for items whose provider is gone. */
const MAY_REFUSE_REASONING: ReadonlySet<number> = new Set([400, 404, 409, 422])
/** The statuses of errors in streams, by their codes at the hub and at OpenAI, and their types at Anthropic. */
const STATUSES: Readonly<Record<string, number>> = {
  unauthenticated: 401,
  budget_exceeded: 402,
  model_unpriced: 402,
  access_denied: 403,
  model_not_found: 404,
  not_found_error: 404,
  response_target_gone: 409,
  payload_too_large: 413,
  request_too_large: 413,
  rate_limited: 429,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  validation_error: 400,
  invalid_request_error: 400,
  invalid_prompt: 400,
  invalid_encrypted_content: 400,
  overloaded: 503,
  overloaded_error: 529,
}

interface ApiError {
  readonly statusCode?: number
  readonly responseBody?: string
  readonly responseHeaders?: Readonly<Record<string, string>>
  readonly message?: string
}

function apiErrorOf(error: unknown): ApiError {
  return typeof error === 'object' && error !== null ? error : { message: String(error) }
}

interface ErrorBody {
  readonly code?: string
  readonly text?: string
  readonly param?: string
  readonly type?: string
}

/** The error of an answer: `{error: {...}}`, of a response that failed, or of an event by itself. */
function bodyOf(body: string): ErrorBody {
  try {
    return membersOf(JSON.parse(body))
  } catch {
    return {}
  }
}

function membersOf(value: unknown): ErrorBody {
  const { code, message, param, type } = innermost(value)
  return {
    ...(typeof param === 'string' && { param }),
    ...(typeof code === 'string' && { code }),
    ...(typeof message === 'string' && { text: message }),
    ...(typeof type === 'string' && { type }),
  }
}

type Members = Readonly<Record<string, unknown>>

/** The error in an answer, in the response of an event, or in what the SDK made of it. */
function innermost(value: unknown): Members {
  let found: Members = {}
  for (let inner = value; typeof inner === 'object' && inner !== null;) {
    found = inner as Members
    inner = found['error'] ?? found['response'] ?? found['data']
  }
  return found
}

function retryAfterOf(headers: Readonly<Record<string, string>> | undefined): number | undefined {
  const seconds = Number(headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}
