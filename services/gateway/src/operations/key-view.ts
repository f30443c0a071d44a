import type { ApiKey } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { ApiKeyError } from 'keypal'
import type { ApiKeyRecord } from 'keypal'

/** A key as its owner sees it: never its hash. */
export function keyView({ id, metadata }: ApiKeyRecord): ApiKey {
  const { name, description, hint, expiresAt, revokedAt, lastUsedAt, resources } = metadata
  return {
    keyId: id,
    ...(name === null ? {} : { name }),
    ...(description === null ? {} : { description }),
    ...(hint === null ? {} : { hint }),
    ownerId: metadata.ownerId,
    scopes: [...metadata.scopes],
    resources: Object.fromEntries(
      Object.entries(resources).map(([on, actions]) => [on, [...actions]]),
    ),
    tags: [...metadata.tags],
    enabled: metadata.enabled,
    createdAt: metadata.createdAt,
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(revokedAt === null ? {} : { revokedAt }),
    ...(lastUsedAt === null ? {} : { lastUsedAt }),
  }
}

export function keyNotFound(keyId: string): CallError {
  return new CallError('KEY_NOT_FOUND', `There is no key ${keyId}.`, { keyId }, { httpStatus: 404 })
}

/** What the key library refused, in the codes of the hub. */
export function keyFailure(thrown: unknown, keyId: string): unknown {
  if (!(thrown instanceof ApiKeyError)) return thrown
  switch (thrown.code) {
    case 'KEY_NOT_FOUND':
      return keyNotFound(keyId)
    case 'INVALID_INPUT':
      return new CallError('VALIDATION_ERROR', thrown.message, undefined, { cause: thrown })
    case 'STORAGE_ERROR':
      return new CallError('UNAVAILABLE', 'The key could not be stored.', undefined, {
        cause: thrown,
      })
    default:
      return new CallError('CONFLICT', thrown.message, { reason: thrown.code }, { cause: thrown })
  }
}
