import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { KeysCreateInput, KeyWithSecret } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { countLiveApiKeys, setRequestLimits } from '@alkdev/storage'
import { keyEndMs } from './key-end-ms.ts'
import type { KeyRights } from './key-rights.ts'
import type { GatewayContext } from '../context.ts'
import { keyActor } from './key-actor.ts'
import { checkScopeNames } from './check-scope-names.ts'
import { keyFailure, keyView } from './key-view.ts'
import { keyAccount } from './own-key.ts'
import { withKeyRights } from './with-key-rights.ts'

/** Maximum keys of one account that are neither revoked nor expired. */
const MAX_KEYS = 5000

/**
 * `keys.create`: only the answer contains the key. It has at most the rights of the key that makes it, ends with it when no end is
 * given, and has its request limits.
 */
export function keysCreate(gateway: GatewayContext): IOperationDefinition {
  const {
    runtime: { bus },
  } = gateway
  return {
    ...serviceSpec('keys.create'),
    async handler(input: KeysCreateInput, context: OperationContext): Promise<KeyWithSecret> {
      const caller = callerOf(context)
      const { name, scopes, resources = {}, tags = [], expiresAt, description, accountId } = input
      const ownerId = await keyAccount(gateway.runtime, caller, accountId, SCOPES.ACCOUNTS_WRITE)
      checkScopeNames(scopes)
      try {
        const { key, record } = await withKeyRights(
          gateway.runtime,
          context,
          async ({ db, keys, rights }) => {
            await rights.enforceCovered({ scopes, resources })
            const end = expiresAt ?? endOf(rights)
            if (expiresAt !== undefined) rights.enforceEnd(keyEndMs(expiresAt))
            if ((await countLiveApiKeys(db, ownerId)) >= MAX_KEYS) throw tooManyKeys()
            const created = await keys.create(
              {
                ownerId,
                name,
                scopes,
                resources,
                tags,
                ...(description === undefined ? {} : { description }),
                ...(end === undefined ? {} : { expiresAt: end }),
              },
              keyActor(context),
            )
            const id = created.record.id
            if (rights.limits) await setRequestLimits(db, { of: 'key', id }, rights.limits)
            return created
          },
        )
        bus.emit('key.created', record.id, { ownerId, name })
        return { ...keyView(record), key }
      } catch (error) {
        throw keyFailure(error, '')
      }
    },
  }
}

function endOf({ endsAtMs }: KeyRights): string | undefined {
  return Number.isFinite(endsAtMs) ? new Date(endsAtMs).toISOString() : undefined
}

function tooManyKeys(): CallError {
  const message = `An account has at most ${MAX_KEYS} keys that can be used; revoke those that are not.`
  return new CallError('CONFLICT', message, { reason: 'TOO_MANY_KEYS', maxKeys: MAX_KEYS })
}
