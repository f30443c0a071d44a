import {
  expireSuspended,
  listSpokeInstances,
  recordHeartbeats,
  recordResponsiveness,
  suspendSpokesOf,
} from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import { drainSockets } from '../connection/drain-sockets.ts'
import { drainRelays } from './drain-relays.ts'
import { followMoves } from './follow-moves.ts'
import { runEvery } from './run-every.ts'
import { sweepKeys } from './sweep-keys.ts'

const SWEEP_MS = 1000
/** How often to check whether the registry has changed. */
const LOOK_MS = 100
/**
 * One more millisecond of interval per this many spokes: every check looks up all of them, and with many attachments the registry changes
 * all the time.
 */
const SPOKES_PER_MS = 5
const HEARTBEATS_MS = 30_000

/** Starts the background jobs of the broker. */
export function startJobs(context: BrokerContext): void {
  watchSpokes(context)
  sweepKeys(context)
  drainRelays(context)
  context.runtime.onDrain('sockets', (signal) => drainSockets(context, signal, () => true))
}

/** Follows spokes that moved, ends those that did not return, and suspends those of brokers that died. */
function watchSpokes(context: BrokerContext): void {
  const { bus, db } = context.runtime
  let followed = -1
  let lookedAt = 0
  let beatAt = performance.now()
  runEvery(context, LOOK_MS, {
    what: 'following spokes that moved',
    due: () =>
      bus.directory.change !== followed &&
      performance.now() - lookedAt > context.spokes.size / SPOKES_PER_MS,
    async run() {
      const { change } = bus.directory
      lookedAt = performance.now()
      await followMoves(context)
      followed = change
    },
  })
  runEvery(context, SWEEP_MS, {
    what: 'sweep of the spokes',
    due: () => bus.healthy,
    async run() {
      await context.statusWriter.retry()
      await expireSpokes(context)
      await suspendSpokesOfTheDead(context)
      await followMoves(context)
      await recordBlockedSpokes(context)
      if (performance.now() - beatAt < HEARTBEATS_MS) return
      beatAt = performance.now()
      const ids = context.spokes.all().map((spoke) => spoke.info.spokeId)
      await recordHeartbeats(db, ids)
    },
  })
  context.runtime.onRejoined(() => {
    // The spokes are recorded under the former id.
    followed = -1
  })
}

/** Records which of the spokes attached here take no calls, where that has changed. */
async function recordBlockedSpokes({ runtime, spokes }: BrokerContext): Promise<void> {
  const now = performance.now()
  const changed = spokes
    .all()
    .filter((spoke) => spoke.recordedBlocked !== (spoke.connection.blockedSince !== undefined))
  await recordResponsiveness(
    runtime.db,
    changed.map(({ info: { spokeId, epoch }, connection: { blockedSince } }) => ({
      spokeId,
      epoch,
      blockedMs: blockedSince === undefined ? null : now - blockedSince,
    })),
  )
  for (const spoke of changed) spoke.recordedBlocked = !spoke.recordedBlocked
}

async function expireSpokes(context: BrokerContext): Promise<void> {
  const { bus, config, db } = context.runtime
  const expired = await expireSuspended(db, config.spokes.suspendedMs)
  for (const spoke of expired.spokes) context.events.detached(spoke, 'it did not return')
  if (expired.change !== undefined) await bus.announceChange(expired.change)
}

async function suspendSpokesOfTheDead(context: BrokerContext): Promise<void> {
  const { bus, db } = context.runtime
  const dead = (await listSpokeInstances(db)).filter((id) => bus.isLost(id))
  if (dead.length === 0) return
  const lost = await suspendSpokesOf(db, dead)
  for (const spoke of lost.spokes) context.events.suspended(spoke, 'its broker died')
  if (lost.change !== undefined) await bus.announceChange(lost.change)
}
