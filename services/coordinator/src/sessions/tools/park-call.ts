import type { Call, CallsAwaitInput } from '@alkdev/contracts'
import type { CoordSleepInput, CoordSleepOutput } from '@alkdev/contracts/agents'
import type { ServiceRuntime } from '@alkdev/service'
import type { Identity } from '@alkdev/operations'
import { sharedNow } from '@alkdev/std'
import type { Db } from '@alkdev/storage'
import { hasSteer } from '@alkdev/storage/coordination'
import { awaitedCall } from '@alkdev/storage/sessions'
import type { AwaitedCall, OpenToolCall } from '@alkdev/storage/sessions'
import { readQueuedCall } from '../../calls/read-queued-call.ts'

const DEFAULT_WAIT_MS = 3_600_000

/** What a wait of a turn for a queued call or a time has come to: its answer, or what it waits for. */
export type ParkedCall =
  | { readonly kind: 'over'; readonly output: Call | CoordSleepOutput }
  | { readonly kind: 'waiting'; readonly awaited: AwaitedCall }

/**
 * Looks at a call of `calls.await` of a turn, which is never dispatched. It is over when the queued call has ended, its time is over, or a message came that the turn
 * gets before its next step. Throws CALL_NOT_FOUND.
 */
export async function lookAtCall(
  runtime: Pick<ServiceRuntime<'coordinator'>, 'db' | 'config'>,
  call: Pick<OpenToolCall, 'sessionId' | 'metadata'>,
  { callId, timeoutMs = DEFAULT_WAIT_MS }: CallsAwaitInput,
  caller: Identity,
): Promise<ParkedCall> {
  const awaited = awaitedCall(call) ?? {
    callId: callId.toLowerCase(),
    until: sharedNow() + timeoutMs,
  }
  const { call: output, isEnded } = await readQueuedCall(runtime, caller, callId)
  const isOver =
    isEnded || sharedNow() >= awaited.until || (await hasSteer(runtime.db, call.sessionId))
  return isOver ? { kind: 'over', output } : { kind: 'waiting', awaited }
}

/** The same for a call of `coord.sleep`, which is over when its time is, or such a message came. */
export async function lookAtSleep(
  db: Db,
  call: Pick<OpenToolCall, 'sessionId' | 'metadata'>,
  { ms }: CoordSleepInput,
): Promise<ParkedCall> {
  const awaited = awaitedCall(call) ?? { until: sharedNow() + ms }
  const leftMs = Math.max(0, awaited.until - sharedNow())
  const isOver = leftMs === 0 || (await hasSteer(db, call.sessionId))
  return isOver ? { kind: 'over', output: { leftMs } } : { kind: 'waiting', awaited }
}
