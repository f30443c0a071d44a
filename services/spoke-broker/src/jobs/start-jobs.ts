import {
  expireSuspended,
  listSpokeInstances,
  recordHeartbeats,
  suspendSpokesOf,
} from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import { followMoves } from './follow-moves.ts'

const sweepMs = 1000
const heartbeatEveryMs = 30_000

/** What is done beside the sockets, once a second: spokes that did not come back, spokes of dead brokers, spokes that moved. */
export function startJobs(context: BrokerContext): void {
  const { runtime } = context
  let busy = false
  let beatAt = performance.now()
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    const beat = performance.now() - beatAt > heartbeatEveryMs
    if (beat) beatAt = performance.now()
    void sweep(context, beat)
      .catch((error: unknown) =>
        runtime.logger.warn({ err: error }, 'a sweep of the spokes failed'),
      )
      .finally(() => (busy = false))
  }, sweepMs)
  runtime.onClose('sweep of the spokes', () => clearInterval(timer))
}

async function sweep(context: BrokerContext, beat: boolean): Promise<void> {
  const { bus, config, db } = context.runtime
  if (!bus.healthy) return
  const expired = await expireSuspended(db, config.spokes.suspendedMs)
  if (expired.change !== undefined) await bus.announceChange(expired.change)
  const dead = (await listSpokeInstances(db)).filter((id) => bus.isLost(id))
  if (dead.length > 0) {
    const lost = await suspendSpokesOf(db, dead)
    if (lost.change !== undefined) await bus.announceChange(lost.change)
  }
  await followMoves(context)
  if (beat)
    await recordHeartbeats(
      db,
      context.spokes.all().map((spoke) => spoke.facts.spokeId),
    )
}
