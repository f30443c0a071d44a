import { CallError } from '../calls/call-error.ts'

const MAX_STEPS = 1_000_000
let left = Number.POSITIVE_INFINITY

/**
 * Bounds the work of one evaluation of a schema with references: such schemas can ask for exponentially many steps, or for more nesting
 * than the stack has. Throws CallError VALIDATION_ERROR then. Evaluation is synchronous, so one counter serves all.
 */
export function limited<T>(evaluate: () => T): T {
  const before = left
  left = MAX_STEPS
  try {
    return evaluate()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw tooComplex('is nested too deeply to be checked', error)
  } finally {
    left = before
  }
}

/** One part of a schema is applied to one part of a value. */
export function step(): true {
  if (--left < 0) throw tooComplex('takes too many steps to be checked')
  return true
}

function tooComplex(message: string, cause?: unknown): CallError {
  return new CallError(
    'VALIDATION_ERROR',
    `The value ${message}.`,
    { errors: [{ path: '', message }] },
    cause === undefined ? {} : { cause },
  )
}
