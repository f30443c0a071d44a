import { validationError } from '@alkdev/operations'

/**
 * The instant that a text of the format `date-time` names. Throws VALIDATION_ERROR, which names the member, for a leap second, which the format
 * allows.
 */
export function instantOf(operationId: string, member: string, text: string): Date {
  const instant = new Date(text)
  if (Number.isFinite(instant.getTime())) return instant
  throw validationError(`The input of ${operationId}`, [
    { path: `/${member}`, message: 'must be an instant that is no leap second' },
  ])
}
