import { CLOSE_CODES } from '@alkdev/contracts'
import { claimSpokes, listSpokeStates } from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import type { AttachedSpoke } from '../spokes/attached-spoke.ts'
import { replaceAttachment } from '../spokes/replace-attachment.ts'

/**
 * Looks what the registry says of the spokes attached here. Those that have attached to another replica since, or were sent away, are
 * displaced. Those that others gave up, or that stand under a former id of this process, are claimed back. One that was
 * disconnected behind our back, because nobody could hear from this process for long, is asked to attach anew.
 */
export async function followMoves(context: BrokerContext): Promise<void> {
  const { bus, db } = context.runtime
  const here = context.spokes.all()
  if (here.length === 0) return
  const states = await listSpokeStates(
    db,
    here.map((spoke) => spoke.info.spokeId),
  )
  const { instanceId } = bus
  const misplaced: AttachedSpoke[] = []
  for (const spoke of here) {
    const { spokeId, epoch } = spoke.info
    const state = states.get(spokeId)
    // It may have been replaced, or have left, while the database was asked.
    if (context.spokes.get(spokeId) !== spoke) continue
    if (state === undefined) replaceAttachment(context, spoke, 'disconnected-by-operator')
    else if (state.epoch > epoch)
      replaceAttachment(
        context,
        spoke,
        state.status === 'disconnected' ? 'disconnected-by-operator' : 'moved',
      )
    else if (spoke.isClosed) continue
    else if (state.status === 'disconnected')
      spoke.connection.cut(CLOSE_CODES.DRAINED, 'attach again')
    else if (state.status === 'suspended' || state.instanceId !== instanceId) misplaced.push(spoke)
  }
  if (misplaced.length === 0) return
  const claimed = await claimSpokes(db, {
    instanceId,
    spokes: misplaced.map(({ info }) => info),
  })
  if (claimed.change !== undefined) await bus.announceChange(claimed.change)
  // One that left meanwhile was claimed by mistake: its own change waits for the same row and puts that right.
  for (const { info } of misplaced)
    if (!context.spokes.get(info.spokeId))
      void context.statusWriter.add(info, 'suspended', 'its socket ended while it was claimed')
}
