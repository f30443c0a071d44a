import { CLIENT_SECRET_KEY } from '@alkdev/contracts'
import type { Client, ClientConnectionView, ClientType } from '@alkdev/contracts'
import { CallError, validationError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { visibleClient } from '@alkdev/service'
import type { ClientView, Db } from '@alkdev/storage'
import { lockOrg, requireRank } from '../orgs/org-rights.ts'

/** The public view of a client: whether it has a secret, never its value. */
export function clientView(row: ClientView, connection?: ClientConnectionView): Client {
  return {
    clientId: row.id,
    name: row.name,
    type: row.type as ClientType,
    config: withoutDocument(row.config),
    enabled: row.enabled,
    ownerId: row.ownerId,
    ...(row.orgId !== null && { orgId: row.orgId }),
    hasSecret: row.hasSecret,
    ...(row.type === 'llm-provider' && { keys: [...row.secretKeys] }),
    ...(row.managed && { managed: true }),
    ...(connection && { connection }),
    createdAt: row.createdAt.toISOString(),
  }
}

/** An OpenAPI document may have a megabyte: a view only says how long it is. */
function withoutDocument(config: Client['config']): Client['config'] {
  const { document, ...rest } = config
  if (typeof document !== 'string') return config
  return { ...rest, document: `(${document.length} characters)` }
}

/**
 * A client that the caller may change: allowed for the account that added it, and owner and admins of its organization, which is locked until the transaction ends.
 * Throws ACCESS_DENIED for one that the caller may only see, CONFLICT for one of the configuration.
 */
export async function changeableClient(
  tx: Db,
  caller: Identity,
  name: string,
): Promise<ClientView> {
  const client = await visibleClient(tx, caller, name)
  if (client.managed)
    throw new CallError(
      'CONFLICT',
      `${name} is in the configuration of the hub: change it there, in \`mcpServers\`.`,
      { name },
    )
  if (client.orgId === null || client.ownerId === caller.id) return client
  requireRank(await lockOrg(tx, client.orgId, caller), 'admin')
  return client
}

/** Throws VALIDATION_ERROR for further keys of a client that is no model provider, and for one that is named like the member `secret`. */
export function requireKeyNames(type: string, secrets: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(secrets)
  const path = '/secrets'
  if (type !== 'llm-provider' && names.length > 0)
    throw validationError('The input', [
      { path, message: 'only model providers have several keys' },
    ])
  if (names.includes(CLIENT_SECRET_KEY))
    throw validationError('The input', [
      { path, message: `the key ${CLIENT_SECRET_KEY} is given as /${CLIENT_SECRET_KEY}` },
    ])
}
