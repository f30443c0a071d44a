import { serviceSpec } from '@alkdev/contracts'
import type { CoordSleepInput, CoordSleepOutput } from '@alkdev/contracts/agents'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { sleep } from '@alkdev/std'

const MAX_WAIT_MS = 600_000
/** Milliseconds left of the call in which the answer is sent. */
const ANSWER_MS = 500

/** `coord.sleep`: for callers that are no turns; those wait without their worker (`park-call.ts`). */
export function coordSleep(): IOperationDefinition {
  return {
    ...serviceSpec('coord.sleep'),
    async handler({ ms }: CoordSleepInput, context: OperationContext): Promise<CoordSleepOutput> {
      const { deadline = Infinity, signal } = context
      const waitMs = Math.max(0, Math.min(ms, MAX_WAIT_MS, deadline - Date.now() - ANSWER_MS))
      await sleep(waitMs, signal)
      return { leftMs: Math.round(ms - waitMs) }
    },
  }
}
