import type { Bus, BusCallOptions } from '@alkdev/bus'
import { SCOPES } from '@alkdev/contracts'
import type { CallsEnqueueInput, CallsEnqueueOutput } from '@alkdev/contracts'
import { CallError, coversScope } from '@alkdev/operations'
import { sleep } from '@alkdev/std'

/** Acceptances that are sent when answers are lost: the id of the call makes them one. */
const MAX_TRIES = 4
const PAUSE_MS = 500
/** Failures after which the acceptance is not known, or may succeed at another coordinator. */
const AGAIN: ReadonlySet<string> = new Set(['PROVIDER_LOST', 'TIMEOUT', 'PROVIDER_UNAVAILABLE'])
/** Milliseconds for one acceptance. */
const ACCEPT_MS = 10_000

/**
 * Queues a call under the id `callId`, for `Prefer: respond-async` and for tasks of MCP. Resolves when the row is committed. An acceptance whose answer was lost is sent
 * again under the same id. Throws ACCESS_DENIED without the scope `calls:enqueue`, and what `calls.enqueue` throws.
 */
export async function queueCall(
  bus: Pick<Bus, 'call'>,
  callId: string,
  call: Omit<CallsEnqueueInput, 'callId'>,
  { principal, actor, signal, traceparent, metadata, depth }: BusCallOptions,
): Promise<CallsEnqueueOutput> {
  if (!coversScope(principal.scopes, SCOPES.CALLS_ENQUEUE)) {
    throw new CallError(
      'ACCESS_DENIED',
      `Queueing a call needs the scope ${SCOPES.CALLS_ENQUEUE}.`,
      {
        requiredScopes: [SCOPES.CALLS_ENQUEUE],
      },
    )
  }
  for (let tries = 1; ; tries++) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- again only when the answer was lost
      const { envelope } = await bus.call(
        'calls.enqueue',
        { ...call, callId },
        {
          principal,
          ...(actor && { actor }),
          ...(signal && { signal }),
          ...(traceparent !== undefined && { traceparent }),
          ...(metadata && { metadata }),
          ...(depth !== undefined && { depth }),
          timeoutMs: ACCEPT_MS,
        },
      )
      return envelope.data as CallsEnqueueOutput
    } catch (error) {
      if (tries === MAX_TRIES || !AGAIN.has(CallError.from(error).code)) throw error
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(PAUSE_MS, signal)
    }
  }
}
