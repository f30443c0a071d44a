import type { Broadcast } from '../broadcast.ts'
import type { RunningCall } from '../call.ts'
import type { Caller } from '../caller/caller.ts'

/** Maximum duration of the search, over all levels. */
const SEARCH_MS = 500
/** Maximum number of calls found. */
const MAX_CALLS = 1000
/** Call ids in one query, so that query and reply stay below the size of one message. */
const BATCH = 200
/** Levels searched; calls can't be nested deeper. */
const MAX_LEVELS = 64

/** The running calls directly below these that this instance owns. */
export function childrenHere(caller: Caller, callIds: readonly string[]): readonly RunningCall[] {
  return callIds.flatMap((callId) => caller.childrenOf(callId)).slice(0, MAX_CALLS)
}

/**
 * The running calls below one, on all instances, parents before children; at most 1,000, and those found within
 * half a second.
 */
export async function callsBelow(
  { caller, broadcast }: { readonly caller: Caller; readonly broadcast: Broadcast },
  callId: string,
): Promise<readonly RunningCall[]> {
  const until = performance.now() + SEARCH_MS
  const found = new Map<string, RunningCall>()
  const add = (calls: readonly RunningCall[]): void => {
    for (const call of calls)
      if (call.callId !== callId && found.size < MAX_CALLS && !found.has(call.callId))
        found.set(call.callId, call)
  }
  if (!broadcast.ready) {
    add(childrenHere(caller, [callId]))
    return [...found.values()]
  }
  let parents: readonly string[] = [callId]
  for (let level = 0; level < MAX_LEVELS && parents.length > 0; level += 1) {
    const known = found.size
    for (let at = 0; at < parents.length; at += BATCH) {
      const leftMs = until - performance.now()
      if (leftMs <= 0) return [...found.values()]
      const callIds = parents.slice(at, at + BATCH)
      // oxlint-disable-next-line no-await-in-loop -- one level after the other
      await broadcast.ask({ kind: 'below', callIds }, leftMs, ({ calls }) => {
        add(calls)
        return false
      })
    }
    parents = [...found.keys()].slice(known)
  }
  return [...found.values()]
}
