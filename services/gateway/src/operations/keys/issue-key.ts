import type { KeysCreateInput } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { countLiveApiKeys, setRequestLimits } from '@alkdev/storage'
import type { CreatedKey } from 'keypal'
import type { GatewayContext } from '../../context.ts'
import { keyActor } from './key-actor.ts'
import { keyEndMs } from './key-end-ms.ts'
import type { KeyRights } from './key-rights.ts'
import { withKeyRights } from './with-key-rights.ts'

/** Maximum keys of one account that are neither revoked nor expired. */
const MAX_KEYS = 5000

export interface IssueKeyInput extends Omit<KeysCreateInput, 'accountId'> {
  readonly ownerId: string
}

/**
 * Makes a key with at most the rights of the key that makes the call, which ends with it when no end is given and has its request limits.
 * Throws ACCESS_DENIED, CONFLICT (too many keys), UNAUTHENTICATED (the key of the caller has ended).
 */
export async function issueKey(
  gateway: GatewayContext,
  context: OperationContext,
  input: IssueKeyInput,
): Promise<CreatedKey> {
  const { ownerId, name, scopes, resources = {}, tags = [], expiresAt, description } = input
  const created = await withKeyRights(gateway.runtime, context, async ({ db, keys, rights }) => {
    await rights.enforceCovered({ scopes, resources })
    const end = expiresAt ?? endOf(rights)
    if (expiresAt !== undefined) rights.enforceEnd(keyEndMs(expiresAt))
    if ((await countLiveApiKeys(db, ownerId)) >= MAX_KEYS) throw tooManyKeys()
    const made = await keys.create(
      {
        ownerId,
        name,
        scopes,
        resources,
        tags,
        ...compact({ description, expiresAt: end }),
      },
      keyActor(context),
    )
    const id = made.record.id
    if (rights.limits) await setRequestLimits(db, { of: 'key', id }, rights.limits)
    return made
  })
  gateway.runtime.bus.emit('key.created', created.record.id, { ownerId, name })
  return created
}

function endOf({ endsAtMs }: KeyRights): string | undefined {
  return Number.isFinite(endsAtMs) ? new Date(endsAtMs).toISOString() : undefined
}

function tooManyKeys(): CallError {
  const message = `An account has at most ${MAX_KEYS} valid keys; revoke those that are not used.`
  return new CallError('CONFLICT', message, { reason: 'TOO_MANY_KEYS', maxKeys: MAX_KEYS })
}
