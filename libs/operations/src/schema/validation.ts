import { CallError } from '../calls/call-error.ts'
import type { JsonSchema } from '../registry/types.ts'
import { compileSchema } from './validator.ts'
import type { ValidationFailure } from './validation-failure.ts'

/** Throws CallError VALIDATION_ERROR unless the value is a JSON Schema (or TypeBox schema) that compiles. */
export function assertIsSchema(schema: unknown, context?: string): asserts schema is JsonSchema {
  try {
    compileSchema(schema as JsonSchema)
  } catch (error) {
    if (context === undefined || !(error instanceof CallError)) throw error
    throw new CallError(error.code, `${context}: ${error.message}`, error.details, { cause: error })
  }
}

/** Every path at which the value does not match the schema; empty when it matches. */
export function collectErrors(schema: JsonSchema, value: unknown): ValidationFailure[] {
  return compileSchema(schema).errors(value)
}

/** One line for each failure: `path: message`. */
export function formatValueErrors(errors: Iterable<ValidationFailure>, indent = '  - '): string {
  return Array.from(
    errors,
    ({ path, message }) => `${indent}${path === '' ? '(value)' : path}: ${message}`,
  ).join('\n')
}

/** Throws CallError VALIDATION_ERROR, with every failing path in its message and in `details.errors`, unless the value fits. */
export function validateOrThrow(schema: JsonSchema, value: unknown, context = 'The value'): void {
  const validator = compileSchema(schema)
  if (!validator.check(value)) throw validationError(context, validator.errors(value))
}

/** `context` begins the sentence: `<context> does not fit: /a is required; /b must be string`. */
export function validationError(
  context: string,
  errors: readonly ValidationFailure[],
  code: 'VALIDATION_ERROR' | 'EXECUTION_ERROR' = 'VALIDATION_ERROR',
  extra?: Readonly<Record<string, unknown>>,
): CallError {
  const faults = errors.map(({ path, message }) => `${path === '' ? 'it' : path} ${message}`)
  return new CallError(code, `${context} does not fit: ${faults.join('; ')}`, { ...extra, errors })
}
