import { serviceSpec } from '@alkdev/contracts'
import type { SpokeName, SpokesDisconnectOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { disconnectSpoke } from '@alkdev/storage'
import type { BrokerContext } from '../../context.ts'
import { announce } from '../../registration/announce.ts'
import { replaceAttachment } from '../../spokes/replace-attachment.ts'
import { findSpoke } from './find-spoke.ts'

/**
 * `spokes.disconnect`: disconnects a spoke on whichever process holds its socket. Its epoch is raised in the registry, and that process
 * closes the socket with 4409: this one at once, another one when it reads the change (with its next sweep at the latest, 1 s).
 */
export function spokesDisconnect(broker: BrokerContext): IOperationDefinition {
  const { db } = broker.runtime
  return {
    ...serviceSpec('spokes.disconnect'),
    async handler({ name }: SpokeName, context: OperationContext): Promise<SpokesDisconnectOutput> {
      const row = await findSpoke(db, name, callerOf(context))
      const change = await disconnectSpoke(db, row.id)
      if (change === undefined) return { name, disconnected: false }
      const spoke = broker.spokes.get(row.id)
      if (spoke && spoke.info.epoch <= row.epoch)
        replaceAttachment(broker, spoke, 'disconnected-by-operator')
      await announce(broker, change)
      broker.events.detached(
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
    },
  }
}
