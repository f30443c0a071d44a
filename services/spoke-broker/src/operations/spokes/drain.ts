import { serviceSpec } from '@alkdev/contracts'
import type { SpokesDrainInput, SpokesDrainOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { disconnectSpoke } from '@alkdev/storage'
import type { BrokerContext } from '../../context.ts'
import { announce } from '../../registration/announce.ts'
import { noteDrain } from '../../spokes/drain-notes.ts'
import { replaceAttachment } from '../../spokes/replace-attachment.ts'
import { findSpoke } from './find-spoke.ts'

const DEFAULT_WITHIN_MS = 30_000

/**
 * `spokes.drain`: disconnects a spoke on whichever process holds its socket, after its calls in flight have ended. Its epoch is raised in the
 * registry, so that no process routes new calls to it; a note in Redis tells the process that holds the socket that this is a drain.
 */
export function spokesDrain(broker: BrokerContext): IOperationDefinition {
  const { db } = broker.runtime
  return {
    ...serviceSpec('spokes.drain'),
    async handler(
      { name, withinMs = DEFAULT_WITHIN_MS }: SpokesDrainInput,
      context: OperationContext,
    ): Promise<SpokesDrainOutput> {
      const row = await findSpoke(db, name, callerOf(context))
      const { id: spokeId, epoch } = row
      if (row.status === 'disconnected') return { name, draining: false }
      await noteDrain(broker, { spokeId, epoch: epoch + 1, withinMs })
      const change = await disconnectSpoke(db, spokeId)
      if (change === undefined) return { name, draining: false }
      const spoke = broker.spokes.get(spokeId)
      if (spoke && spoke.info.epoch <= epoch) replaceAttachment(broker, spoke, 'drained', withinMs)
      await announce(broker, change)
      broker.events.detached(
        {
          spokeId,
          name,
          ownerId: row.ownerId,
          ...(row.orgId !== null && { orgId: row.orgId }),
          epoch,
        },
        'an operator drains it',
      )
      return { name, draining: true }
    },
  }
}
