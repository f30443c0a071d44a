import { CallError } from '@alkdev/operations'
import { getClientByName, isActiveAdmin } from '@alkdev/storage'
import type { ClientView, Db } from '@alkdev/storage'
import { levelIn } from '../identity/caller.ts'
import type { Caller } from '../identity/caller.ts'

/** A client of the caller's own, or of one of its current organizations. Throws CLIENT_NOT_FOUND. */
export async function visibleClient(db: Db, caller: Caller, name: string): Promise<ClientView> {
  const client = await getClientByName(db, name)
  const seen =
    client !== undefined &&
    (client.orgId === null
      ? client.ownerId === caller.id
      : (await levelIn(db, caller, client.orgId)) !== undefined)
  if (!seen) throw clientNotFound(name)
  return client
}

/**
 * The same for work on its connection, which changes no row of the client: for the account that added it, and owner and admins of its
 * organization. Throws ACCESS_DENIED for one that the caller may only see.
 */
export async function operableClient(db: Db, caller: Caller, name: string): Promise<ClientView> {
  const client = await visibleClient(db, caller, name)
  if (client.orgId === null || client.ownerId === caller.id) return client
  const level = await levelIn(db, caller, client.orgId)
  if (level === 'owner' || level === 'admin') return client
  if (await isActiveAdmin(db, caller.id)) return client
  throw new CallError('ACCESS_DENIED', 'Only owner and admins of the organization may do this.', {
    membershipLevel: 'admin',
  })
}

export function clientNotFound(name: string): CallError {
  return new CallError(
    'CLIENT_NOT_FOUND',
    `There is no client ${name}.`,
    { name },
    { httpStatus: 404 },
  )
}
