import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { ApiKey, KeysListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listApiKeys, rotationTimes } from '@alkdev/storage'
import type { ApiKeyRow } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { rotationView } from './key-view.ts'
import { keyAccount } from './own-key.ts'

function viewOf(row: ApiKeyRow, rotations: ReadonlyMap<string, Date>): ApiKey {
  const { name, description, keyHint, expiresAt, revokedAt, lastUsedAt, rotatedTo } = row
  return {
    keyId: row.id,
    ...(name !== null && { name }),
    ...(description !== null && { description }),
    ...(keyHint !== null && { hint: keyHint }),
    ownerId: row.ownerId,
    scopes: row.scopes,
    resources: row.resources,
    tags: row.tags,
    enabled: row.enabled,
    createdAt: row.createdAt.toISOString(),
    ...(expiresAt !== null && { expiresAt: expiresAt.toISOString() }),
    ...(revokedAt !== null && { revokedAt: revokedAt.toISOString() }),
    ...(lastUsedAt !== null && { lastUsedAt: lastUsedAt.toISOString() }),
    ...rotationView(rotatedTo, rotations),
  }
}

/** `keys.list` */
export function keysList(gateway: GatewayContext): IOperationDefinition {
  const {
    runtime: { db },
  } = gateway
  return {
    ...serviceSpec('keys.list'),
    async handler({ accountId, ...input }: KeysListInput, context: OperationContext) {
      const ownerId = await keyAccount(
        gateway.runtime,
        callerOf(context),
        accountId,
        SCOPES.ACCOUNTS_READ,
      )
      const page = await listApiKeys(db, { ...input, ownerId })
      const rotations = await rotationTimes(
        db,
        page.items.flatMap(({ rotatedTo }) => rotatedTo ?? []),
      )
      return { ...page, items: page.items.map((row) => viewOf(row, rotations)) }
    },
  }
}
