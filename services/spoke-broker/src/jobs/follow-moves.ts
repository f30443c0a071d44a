import { CLOSE_CODES } from '@alkdev/contracts'
import { claimSpokes, listSpokeStates } from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import type { AttachedSpoke } from '../spokes/attached-spoke.ts'
import { displace } from '../spokes/displace.ts'

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
    here.map((spoke) => spoke.facts.spokeId),
  )
  const { instanceId } = bus
  const misplaced: AttachedSpoke[] = []
  for (const spoke of here) {
    const { spokeId, epoch } = spoke.facts
    const state = states.get(spokeId)
    // It may have been replaced, or have left, while the database was asked.
    if (context.spokes.get(spokeId) !== spoke) continue
    if (state === undefined) displace(context, spoke, 'sent-away')
    else if (state.epoch > epoch)
      displace(context, spoke, state.status === 'disconnected' ? 'sent-away' : 'moved')
    else if (spoke.isClosed) continue
    else if (state.status === 'disconnected')
      spoke.connection.cut(CLOSE_CODES.DRAINED, 'attach again')
    else if (state.status === 'suspended' || state.instanceId !== instanceId) misplaced.push(spoke)
  }
  if (misplaced.length === 0) return
  const claimed = await claimSpokes(db, {
    instanceId,
    spokes: misplaced.map(({ facts }) => facts),
  })
  if (claimed.change !== undefined) await bus.announceChange(claimed.change)
  // One that left meanwhile was claimed by mistake: its own departure waits for the same row and puts that right.
  for (const { facts } of misplaced)
    if (!context.spokes.get(facts.spokeId))
      void context.departures.add(facts, 'suspended', 'its socket ended while it was claimed')
}
