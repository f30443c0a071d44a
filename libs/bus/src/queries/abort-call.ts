import { CallError } from '@alkdev/operations'
import type { Broadcast } from '../broadcast.ts'
import type { Caller } from '../caller/caller.ts'
import type { Replies } from '../wire/frames.ts'

/** How long to wait for an aborted handler, and for the replies of the other instances. */
const RECEIPT_MS = 2500
const REPLY_MS = 3000
/** Characters of a reason; a longer one is cut. */
const MAX_REASON = 1000

export type Aborted = Replies['abort']

/** Aborts a call of this instance. */
export async function abortHere(caller: Caller, callId: string, reason: string): Promise<Aborted> {
  const call = caller.find(callId)
  if (call === undefined) return { found: false }
  call.abort(new CallError('ABORTED', reason))
  const receipt = await call.receiptWait.within(RECEIPT_MS)
  return receipt === undefined ? { found: true } : { found: true, receipt }
}

/** Aborts a call on whichever instance owns it. */
export async function abortCall(
  { caller, broadcast }: { readonly caller: Caller; readonly broadcast: Broadcast },
  callId: string,
  reason: string,
): Promise<Aborted> {
  const short = reason.slice(0, MAX_REASON)
  let aborted = await abortHere(caller, callId, short)
  if (aborted.found || !broadcast.ready) return aborted
  await broadcast.ask({ kind: 'abort', callId, reason: short }, REPLY_MS, (reply) => {
    if (reply.found) aborted = reply
    return reply.found
  })
  return aborted
}
