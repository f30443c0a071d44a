import { fullFormats } from 'ajv-formats/dist/formats.js'
import type { Options } from 'ajv'
import { CallError } from './call-error.ts'
import { linearRegExp } from './linear-regexp.ts'

const regExp: NonNullable<NonNullable<Options['code']>['regExp']> = Object.assign(
  (pattern: string) => linearRegExp(pattern),
  { code: 'linearRegExp' },
)

/** How every schema is compiled. `inherited`: tell own properties from those that all objects have. */
export function ajvOptions(choice: { allErrors: boolean; inherited: boolean }): Options {
  return {
    allErrors: choice.allErrors,
    ownProperties: choice.inherited,
    strict: false,
    logger: false,
    validateSchema: false,
    formats: fullFormats,
    code: { regExp },
  }
}

const MAX_STEPS = 1_000_000
let left = Number.POSITIVE_INFINITY

/**
 * Bounds the work of one evaluation of a schema with references: such schemas can ask for exponentially many steps, or for
 * more nesting than the stack has.
 */
export const complexityLimit = {
  run<T>(evaluate: () => T): T {
    const before = left
    left = MAX_STEPS
    try {
      return evaluate()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new CallError(
        'VALIDATION_ERROR',
        'The value is nested too deeply to be checked.',
        { errors: [{ path: '', message: 'is nested too deeply to be checked' }] },
        { cause: error },
      )
    } finally {
      left = before
    }
  },
  step(): void {
    if (--left >= 0) return
    throw new CallError('VALIDATION_ERROR', 'The value takes too many steps to be checked.', {
      errors: [{ path: '', message: 'takes too many steps to be checked' }],
    })
  },
}
