import { serviceSpec } from '@alkdev/contracts'
import type { ApiKey, KeysListInput } from '@alkdev/contracts'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listApiKeys } from '@alkdev/storage'
import type { ApiKeyRow } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { callerOf } from './caller-of.ts'

function viewOf(row: ApiKeyRow): ApiKey {
  const { name, expiresAt, revokedAt, lastUsedAt } = row
  return {
    keyId: row.id,
    ...(name === null ? {} : { name }),
    ownerId: row.ownerId,
    scopes: row.scopes,
    resources: row.resources,
    tags: row.tags,
    enabled: row.enabled,
    createdAt: row.createdAt.toISOString(),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
    ...(revokedAt === null ? {} : { revokedAt: revokedAt.toISOString() }),
    ...(lastUsedAt === null ? {} : { lastUsedAt: lastUsedAt.toISOString() }),
  }
}

/** `keys.list` */
export function keysList({ db }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('keys.list'),
    async handler(input: KeysListInput, context: OperationContext) {
      const page = await listApiKeys(db, { ...input, ownerId: callerOf(context).id })
      return { ...page, items: page.items.map((row) => viewOf(row)) }
    },
  }
}
