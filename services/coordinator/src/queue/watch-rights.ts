import { intersectRights, mayGoOn } from '@alkdev/service'
import type { CallError } from '@alkdev/operations'
import { withUnknownOutcome } from '@alkdev/operations'
import type { ClaimedCall } from '@alkdev/storage/queue'
import type { QueuedRights } from './queued-identity.ts'
import type { AttemptRuntime } from './run-attempt.ts'

/** Calls `onLost` when a key whose rights the attempt uses is revoked, or loses the right to it. Returns a function that ends the watch. */
export function watchRights(
  { bus, live }: Pick<AttemptRuntime, 'bus' | 'live'>,
  claim: Pick<ClaimedCall, 'attemptCallId' | 'operationName'>,
  { now: principal, holders }: QueuedRights,
  onLost: (reason: CallError) => void,
): () => void {
  const use = { callId: claim.attemptCallId, operationId: claim.operationName }
  const watches = holders.map((authenticated) =>
    live.watch({
      authenticated,
      end: (reason) => onLost(withUnknownOutcome(reason)),
      allowed: ({ identity }) => mayGoOn(bus, use, principal, intersectRights(principal, identity)),
    }),
  )
  return () => {
    for (const unwatch of watches) unwatch()
  }
}
