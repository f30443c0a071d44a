import type { Broadcast } from '../broadcast.ts'
import type { SpokeLoad } from '../provided-call.ts'

/** How long the other instances have to reply. */
const REPLY_MS = 1000

/** What a spoke does now, from the instance at which it is attached. Undefined when none replies in time; rejects when Redis is not available. */
export async function loadOfSpoke(
  broadcast: Broadcast,
  spokeId: string,
): Promise<SpokeLoad | undefined> {
  let found: SpokeLoad | undefined
  await broadcast.ask({ kind: 'spoke-load', spokeId }, REPLY_MS, ({ load }) => {
    found ??= load
    return found !== undefined
  })
  return found
}
