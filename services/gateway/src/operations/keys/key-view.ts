import type { ApiKey } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { rotationTimes } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { ApiKeyError } from 'keypal'
import type { ApiKeyRecord } from 'keypal'

/** A key as its owner sees it: never its hash. */
export function keyView({ id, metadata }: ApiKeyRecord): ApiKey {
  const { name, description, hint, expiresAt, revokedAt, lastUsedAt, resources } = metadata
  return {
    keyId: id,
    ...(name !== null && { name }),
    ...(description !== null && { description }),
    ...(hint !== null && { hint }),
    ownerId: metadata.ownerId,
    scopes: [...metadata.scopes],
    resources: Object.fromEntries(
      Object.entries(resources).map(([on, actions]) => [on, [...actions]]),
    ),
    tags: [...metadata.tags],
    enabled: metadata.enabled,
    createdAt: metadata.createdAt,
    ...(expiresAt !== null && { expiresAt }),
    ...(revokedAt !== null && { revokedAt }),
    ...(lastUsedAt !== null && { lastUsedAt }),
  }
}

/** The successor of the key, and the time of the rotation. `rotations` has the times by the id of the successor. */
export function rotationView(
  rotatedTo: string | null,
  rotations: ReadonlyMap<string, Date>,
): Pick<ApiKey, 'rotatedTo' | 'rotatedAt'> {
  if (rotatedTo === null) return {}
  const at = rotations.get(rotatedTo)
  return { rotatedTo, ...compact({ rotatedAt: at?.toISOString() }) }
}

/** `keyView`, with the rotation of the key. */
export async function keyViewOf(db: Db, record: ApiKeyRecord): Promise<ApiKey> {
  const { rotatedTo } = record.metadata
  const rotations = await rotationTimes(db, rotatedTo === null ? [] : [rotatedTo])
  return { ...keyView(record), ...rotationView(rotatedTo, rotations) }
}

/** CONFLICT that names the key that replaced this one, and the time. */
export async function alreadyRotated(db: Db, rotatedTo: string, more = ''): Promise<CallError> {
  const rotation = rotationView(rotatedTo, await rotationTimes(db, [rotatedTo]))
  const when = rotation.rotatedAt === undefined ? '' : ` at ${rotation.rotatedAt}`
  const message = `The key was rotated${when}: the key ${rotatedTo} replaces it. ${more}`
  return new CallError('CONFLICT', message.trim(), { reason: 'ALREADY_ROTATED', ...rotation })
}

export function keyNotFound(keyId: string): CallError {
  return new CallError('KEY_NOT_FOUND', `There is no key ${keyId}.`, { keyId }, { httpStatus: 404 })
}

/** Refusals of the key library, in the codes of the hub. */
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
