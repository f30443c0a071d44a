import { CLOSE_CODES } from '@alkdev/contracts'
import { claimSpokes, listSpokeStates } from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import type { AttachedSpoke } from '../spokes/attached-spoke.ts'
import { readDrain } from '../spokes/drain-notes.ts'
import { replaceAttachment } from '../spokes/replace-attachment.ts'

/**
 * Compares the spokes attached here with the registry. Those that have attached to another replica since, or were disconnected by an operator, are
 * replaced here. Those that were recorded as lost, or under a former id of this process, are claimed back. One that was
 * recorded as disconnected, because this process was unreachable for long, is asked to attach again.
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
  const gone: [spoke: AttachedSpoke, epoch: number][] = []
  for (const spoke of here) {
    const { spokeId, epoch } = spoke.info
    const state = states.get(spokeId)
    // It may have been replaced, or disconnected, during the query.
    if (context.spokes.get(spokeId) !== spoke) continue
    if (state === undefined) replaceAttachment(context, spoke, 'disconnected-by-operator')
    else if (state.epoch > epoch && state.status !== 'disconnected')
      replaceAttachment(context, spoke, 'moved')
    else if (state.epoch > epoch) gone.push([spoke, state.epoch])
    else if (spoke.isClosed) continue
    else if (state.status === 'disconnected')
      spoke.connection.cut(CLOSE_CODES.DRAINED, 'attach again')
    else if (state.status === 'suspended' || state.instanceId !== instanceId) misplaced.push(spoke)
  }
  await Promise.all(gone.map(([spoke, epoch]) => endAttachment(context, spoke, epoch)))
  if (misplaced.length === 0) return
  const claimed = await claimSpokes(db, {
    instanceId,
    spokes: misplaced.map(({ info }) => info),
  })
  if (claimed.change !== undefined) await bus.announceChange(claimed.change)
  // One that disconnected meanwhile was claimed by mistake: its own status change waits for the same row and corrects that.
  for (const { info } of misplaced)
    if (!context.spokes.get(info.spokeId))
      void context.statusWriter.add(info, 'suspended', 'its socket ended while it was claimed')
}

/** An operator disconnected or drained it at another process, or it was deleted. */
async function endAttachment(
  context: BrokerContext,
  spoke: AttachedSpoke,
  epoch: number,
): Promise<void> {
  const { spokeId } = spoke.info
  const withinMs = await readDrain(context, spokeId, epoch)
  // It may have been replaced meanwhile.
  if (context.spokes.get(spokeId) !== spoke) return
  if (withinMs === undefined) replaceAttachment(context, spoke, 'disconnected-by-operator')
  else replaceAttachment(context, spoke, 'drained', withinMs)
}
