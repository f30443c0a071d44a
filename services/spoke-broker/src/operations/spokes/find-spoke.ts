import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getSpokeByName } from '@alkdev/storage'
import type { Db, SpokeView } from '@alkdev/storage'

/** True when the account may see the spoke: its own, one of its organizations', or one it was granted. */
export function serves(row: SpokeView, identity: Identity): boolean {
  if (row.ownerId === identity.id) return true
  if (row.orgId !== null && identity.orgIds?.includes(row.orgId)) return true
  return identity.resources?.[`spoke:${row.name}`]?.includes('call') === true
}

/** A spoke by name. Throws SPOKE_NOT_FOUND also for one that the caller may not see. */
export async function findSpoke(db: Db, name: string, identity: Identity): Promise<SpokeView> {
  const row = await getSpokeByName(db, name)
  if (!row || !serves(row, identity))
    throw new CallError('SPOKE_NOT_FOUND', `There is no spoke ${name}.`, undefined, {
      httpStatus: 404,
    })
  return row
}
