import { CallError } from '@alkdev/operations'
import { instantOf } from 'keypal'

/** When a key with this `expiresAt` ends, in milliseconds since the epoch; Infinity for null. Throws VALIDATION_ERROR. */
export function keyEndMs(expiresAt: string | null): number {
  if (expiresAt === null) return Number.POSITIVE_INFINITY
  const atMs = instantOf(expiresAt)
  if (atMs !== undefined) return atMs
  throw new CallError('VALIDATION_ERROR', 'expiresAt must be an RFC 3339 time with a zone.', {
    errors: [{ path: '/expiresAt', message: 'must be an RFC 3339 time with a zone' }],
  })
}
