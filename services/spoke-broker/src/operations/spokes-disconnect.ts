import { CLOSE_CODES } from '@alkdev/contracts'
import type { SpokeName, SpokesDisconnectOutput } from '@alkdev/contracts'
import type { OperationHandler } from '@alkdev/operations'
import { setSpokeStatus } from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import { findSpoke } from './find-spoke.ts'

/**
 * Disconnects a spoke wherever its socket is: it is disconnected in the registry, and the process that holds the socket closes it
 * with 4409, here at once, elsewhere with its next sweep (1 s).
 */
export function disconnectSpoke(
  context: BrokerContext,
): OperationHandler<SpokeName, SpokesDisconnectOutput> {
  const { bus, db } = context.runtime
  return async ({ name }, { identity }) => {
    const row = await findSpoke(db, name, identity)
    const change = await setSpokeStatus(db, {
      spokeId: row.id,
      epoch: row.epoch,
      status: 'disconnected',
    })
    if (change === undefined) return { name, disconnected: false }
    await bus.announceChange(change)
    const spoke = context.spokes.get(row.id)
    if (spoke) {
      context.spokes.delete(spoke)
      spoke.loseAll(`The spoke ${name} was disconnected.`)
      spoke.connection.cut(CLOSE_CODES.REPLACED, 'disconnected by an operator')
    }
    context.orphans.lose(row.id, `The spoke ${name} was disconnected.`)
    context.events.detached(
      { spokeId: row.id, name, ownerId: row.ownerId, epoch: row.epoch },
      'an operator disconnected it',
    )
    return { name, disconnected: true }
  }
}
