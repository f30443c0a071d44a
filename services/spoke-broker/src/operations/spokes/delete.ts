import { serviceSpec } from '@alkdev/contracts'
import type { SpokeName, SpokesDeleteOutput } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { audit, callerOf } from '@alkdev/service'
import { deleteSpoke, getSpokeByName, inTransaction, isActiveAdmin } from '@alkdev/storage'
import type { BrokerContext } from '../../context.ts'
import { announce } from '../../registration/announce.ts'
import { findSpoke } from './find-spoke.ts'

/**
 * Deletes a disconnected spoke for its owner or an admin, with an audit entry. Throws SPOKE_NOT_FOUND, ACCESS_DENIED for another
 * account that may see it, CONFLICT while it is attached or suspended.
 */
export function spokesDelete(context: BrokerContext): IOperationDefinition {
  const { db } = context.runtime
  return {
    ...serviceSpec('spokes.delete'),
    async handler({ name }: SpokeName, call: OperationContext): Promise<SpokesDeleteOutput> {
      const caller = callerOf(call)
      const { spokeId, change } = await inTransaction(db, async (tx) => {
        const isAdmin = await isActiveAdmin(tx, caller.id)
        const found = isAdmin ? await getSpokeByName(tx, name) : undefined
        const row = found ?? (await findSpoke(tx, name, caller))
        if (row.ownerId !== caller.id && !isAdmin)
          throw new CallError('ACCESS_DENIED', `Only the owner of ${name} may delete it.`)
        const removed = await deleteSpoke(tx, row.id)
        if (removed === undefined)
          throw new CallError(
            'CONFLICT',
            `${name} is not disconnected: disconnect it first, or wait 15 s after its connection was lost.`,
            { status: row.status },
          )
        await audit(tx, call, {
          action: 'spokes.deleted',
          orgId: row.orgId,
          targetType: 'spoke',
          targetId: row.id,
          data: { name, ownerId: row.ownerId },
        })
        return { spokeId: row.id, change: removed }
      })
      await announce(context, change)
      return { name, spokeId }
    },
  }
}
