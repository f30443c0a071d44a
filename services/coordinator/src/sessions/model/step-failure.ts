import { CallError } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { EndReason } from '@alkdev/storage/sessions'

interface Options {
  readonly isRetryable?: boolean
  readonly retryAfterMs?: number | undefined
  readonly status?: number | undefined
  readonly budgetId?: string | undefined
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

  constructor(reason: EndReason, code: string, message: string, options: Options = {}) {
    super(message)
    this.name = 'StepFailure'
    this.reason = reason
    this.code = code
    this.isRetryable = options.isRetryable ?? false
    this.retryAfterMs = options.retryAfterMs
    this.status = options.status
    this.budgetId = options.budgetId
  }

  /** A failure of the call of the model. What an upstream wrote is shortened. */
  static from(error: unknown): StepFailure {
    if (error instanceof StepFailure) return error
    if (error instanceof CallError)
      return new StepFailure('provider-error', error.code, error.message, {
        isRetryable: error.ran === 'no' && error.disposition === 'retryable',
      })
    const { statusCode, responseBody, responseHeaders, message } = apiErrorOf(error)
    const { code, text, param } = bodyOf(responseBody)
    const shown = (text ?? message ?? 'The call of the model failed.').slice(0, 1000)
    if (statusCode === 401)
      return new StepFailure('revoked', 'UNAUTHENTICATED', shown, { status: statusCode })
    if (statusCode === 402)
      return new StepFailure('budget', code ?? 'BUDGET_EXCEEDED', shown, {
        status: statusCode,
        budgetId: param,
      })
    if (
      statusCode === 413 ||
      /context_length|context length|too many tokens|maximum context/i.test(`${code} ${shown}`)
    )
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
}

function bodyOf(body: string | undefined): ErrorBody {
  try {
    const { error } = JSON.parse(body ?? '') as {
      error?: { code?: unknown; message?: unknown; param?: unknown }
    }
    return {
      ...(typeof error?.param === 'string' && { param: error.param }),
      ...(typeof error?.code === 'string' && { code: error.code }),
      ...(typeof error?.message === 'string' && { text: error.message }),
    }
  } catch {
    return {}
  }
}

function retryAfterOf(headers: Readonly<Record<string, string>> | undefined): number | undefined {
  const seconds = Number(headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}
