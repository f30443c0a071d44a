import { claimDueCalls } from './claim-queued-calls.ts'
import type { ClaimedCall } from './claim-queued-calls.ts'

/** For tests: the calls of a claim. */
export async function claimCalls(
  ...args: Parameters<typeof claimDueCalls>
): Promise<readonly ClaimedCall[]> {
  return (await claimDueCalls(...args)).calls
}
