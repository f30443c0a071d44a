import { CodedError } from '@alkdev/errors'

/** Throws VALIDATION_ERROR unless `value` is an integer of at least `least`. */
export function assertCount(value: number, what: string, least = 1): void {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new CodedError('VALIDATION_ERROR', `${what} must be an integer of at least ${least}`)
}

export function tooMany(what: string, limit: number): CodedError {
  return new CodedError('OVERLOADED', `too many ${what}: the limit is ${limit}`, {
    details: { limit },
  })
}
