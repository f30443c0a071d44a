import { listSpokeEpochs } from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import { displace } from '../spokes/displace.ts'

/** Spokes that have attached to another replica since: their sockets here are displaced. */
export async function followMoves(context: BrokerContext): Promise<void> {
  const here = context.spokes.all()
  if (here.length === 0) return
  const epochs = await listSpokeEpochs(
    context.runtime.db,
    here.map((spoke) => spoke.facts.spokeId),
  )
  for (const spoke of here) {
    const epoch = epochs.get(spoke.facts.spokeId)
    if (epoch !== undefined && epoch <= spoke.facts.epoch) continue
    context.spokes.delete(spoke)
    displace(spoke)
  }
}
