import type { Broadcast } from '../broadcast.ts'
import type { RunningCall } from '../call.ts'
import type { Caller } from '../caller/caller.ts'

/** How long the other instances have to reply. */
const REPLY_MS = 1000
/** Only the hub's own ids (UUIDv7) can exist; nothing is sent for any other text. */
const CALL_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Finds a running call on whichever instance owns it. */
export async function findCall(
  { caller, broadcast }: { readonly caller: Caller; readonly broadcast: Broadcast },
  callId: string,
): Promise<RunningCall | undefined> {
  let running = caller.find(callId)?.running
  if (running !== undefined || !broadcast.ready || !CALL_ID.test(callId)) return running
  await broadcast.ask({ kind: 'find', callId }, REPLY_MS, (reply) => {
    // Replies of the same turn follow the one that was found.
    running ??= reply.running
    return running !== undefined
  })
  return running
}
