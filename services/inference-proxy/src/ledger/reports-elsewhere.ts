import { CodedError } from '@alkdev/errors'
import { compact } from '@alkdev/std'

/** Why the answer to a call does not say what it uses. */
export interface ReportsElsewhere {
  readonly why: string
  /** The member of the request that makes it so. */
  readonly param?: string
}

/** The refusal of such a call where a limit or a budget counts it. */
export function notCounted({ why, param }: ReportsElsewhere): CodedError {
  const message = `A limit or a budget counts this call, and ${why}.`
  return new CodedError('VALIDATION_ERROR', message, compact({ details: param && { param } }))
}
