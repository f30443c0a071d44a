import type { Broadcast } from '../broadcast.ts'
import type { LoadOfSpoke, SpokeLoad } from '../provided-call.ts'

/** How long the other instances have to reply. */
const REPLY_MS = 1000

/**
 * What spokes do now, by their ids, from the instances at which they are attached: one query for all of them. Without those of which none replies in
 * time; rejects when Redis is not available.
 */
export async function loadsOfSpokes(
  broadcast: Broadcast,
  spokeIds: readonly string[],
): Promise<ReadonlyMap<string, SpokeLoad>> {
  const found = new Map<string, SpokeLoad>()
  if (spokeIds.length === 0) return found
  await broadcast.ask({ kind: 'spoke-loads', spokeIds }, REPLY_MS, ({ loads }) => {
    for (const [spokeId, load] of Object.entries(loads)) found.set(spokeId, load)
    return spokeIds.every((spokeId) => found.has(spokeId))
  })
  return found
}

/** What those of the spokes do that are attached to this instance. */
export function loadsHere(
  spokeIds: readonly string[],
  loadOf: LoadOfSpoke | undefined,
): Readonly<Record<string, SpokeLoad>> {
  return Object.fromEntries(
    spokeIds.flatMap((spokeId) => {
      const load = loadOf?.(spokeId)
      return load === undefined ? [] : [[spokeId, load] as const]
    }),
  )
}
