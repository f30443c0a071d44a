import type { SpokeName, SpokesDisconnectOutput } from '@alkdev/contracts'
import type { OperationHandler } from '@alkdev/operations'
import { disconnectSpoke as disconnectRow } from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import { announce } from '../registration/announce.ts'
import { displace } from '../spokes/displace.ts'
import { findSpoke } from './find-spoke.ts'

/**
 * Disconnects a spoke wherever its socket is: its epoch is raised in the registry, and the process that holds the socket closes it with
 * 4409, here at once, elsewhere when it hears of the change (at the latest with its next sweep, 1 s).
 */
export function disconnectSpoke(
  context: BrokerContext,
): OperationHandler<SpokeName, SpokesDisconnectOutput> {
  return async ({ name }, { identity }) => {
    const row = await findSpoke(context.runtime.db, name, identity)
    const change = await disconnectRow(context.runtime.db, row.id)
    if (change === undefined) return { name, disconnected: false }
    const spoke = context.spokes.get(row.id)
    if (spoke && spoke.facts.epoch <= row.epoch) displace(context, spoke, 'sent-away')
    await announce(context, change)
    context.events.detached(
      {
        spokeId: row.id,
        name,
        ownerId: row.ownerId,
        ...(row.orgId !== null && { orgId: row.orgId }),
        epoch: row.epoch,
      },
      'an operator disconnected it',
    )
    return { name, disconnected: true }
  }
}
