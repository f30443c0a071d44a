import type { Client, ClientType } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getClientByName, getMember } from '@alkdev/storage'
import type { ClientView, Db } from '@alkdev/storage'
import { lockOrg, requireRank } from './org-rights.ts'

/** The public view of a client: whether it has a secret, never its value. */
export function clientView(row: ClientView): Client {
  return {
    clientId: row.id,
    name: row.name,
    type: row.type as ClientType,
    config: row.config,
    enabled: row.enabled,
    ownerId: row.ownerId,
    ...(row.orgId !== null && { orgId: row.orgId }),
    hasSecret: row.hasSecret,
    createdAt: row.createdAt.toISOString(),
  }
}

/** A client of the caller's own, or of one of its current organizations. Throws CLIENT_NOT_FOUND. */
export async function visibleClient(db: Db, caller: Identity, name: string): Promise<ClientView> {
  const client = await getClientByName(db, name)
  const seen =
    client !== undefined &&
    (client.orgId === null
      ? client.ownerId === caller.id
      : (await getMember(db, client.orgId, caller.id)) !== undefined)
  if (!seen) throw clientNotFound(name)
  return client
}

/**
 * The same for a change: allowed for the account that added it, and owner and admins of its organization, which is locked until the transaction ends.
 * Throws ACCESS_DENIED for one that the caller may only see.
 */
export async function changeableClient(
  tx: Db,
  caller: Identity,
  name: string,
): Promise<ClientView> {
  const client = await visibleClient(tx, caller, name)
  if (client.orgId === null || client.ownerId === caller.id) return client
  requireRank(await lockOrg(tx, client.orgId, caller), 'admin')
  return client
}

export function clientNotFound(name: string): CallError {
  return new CallError(
    'CLIENT_NOT_FOUND',
    `There is no client ${name}.`,
    { name },
    { httpStatus: 404 },
  )
}
