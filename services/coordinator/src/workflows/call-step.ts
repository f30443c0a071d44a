import { WORKFLOW_RUN } from '@alkdev/contracts'
import type { ServiceRuntime } from '@alkdev/service'
import { ACTING_KEYS, STORED_GRANT } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { actingKeysOf } from '../queue/acting-keys.ts'
import type { QueuedRights } from '../queue/queued-identity.ts'
import { watchQueuedRights } from '../queue/watch-queued-rights.ts'

export type StepRuntime = Pick<
  ServiceRuntime<'coordinator'>,
  'db' | 'bus' | 'config' | 'authenticator' | 'live'
>

/** One call of a step. Times in milliseconds. */
export interface StepCall {
  readonly callId: string
  readonly runId: string
  /** The grant of the run. */
  readonly grantId: string | null
  readonly nodeKey: string
  readonly operationId: string
  readonly input: unknown
  readonly timeoutMs: number
  readonly idempotencyKey: string | undefined
  readonly depth: number
  readonly traceparent: string | undefined
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Throws OPERATION_NOT_FOUND for an operation that is not there, and ACCESS_DENIED for one that the run lost the right to see. */
export async function requireVisible(
  { bus }: Pick<StepRuntime, 'bus'>,
  operationId: string,
  granted: Identity,
  now: Identity,
): Promise<NonNullable<Awaited<ReturnType<StepRuntime['bus']['lookUp']>>>> {
  const entry = await bus.lookUp(operationId, now)
  if (entry !== undefined) return entry
  if (bus.directory.get(operationId, granted) === undefined)
    throw new CallError('OPERATION_NOT_FOUND', `There is no operation ${operationId}.`)
  const message = `The rights with which the run was started no longer allow ${operationId}.`
  throw new CallError('ACCESS_DENIED', message)
}

/** Makes a call of a step over the bus. Gives its data; throws CallError. `signal` aborts it, and its reason is what is thrown then. */
export async function callStep(
  runtime: StepRuntime,
  call: StepCall,
  rights: QueuedRights,
  signal: AbortSignal,
): Promise<unknown> {
  const revoked = new AbortController()
  const unwatch = watchQueuedRights(runtime, call, rights, (reason) => revoked.abort(reason))
  const actingKeys = actingKeysOf(call.metadata)
  try {
    const { envelope } = await runtime.bus.call(call.operationId, call.input, {
      principal: rights.now,
      orphan: 'finish',
      callId: call.callId,
      parentCallId: call.runId,
      depth: call.depth + 1,
      timeoutMs: call.timeoutMs,
      signal: AbortSignal.any([signal, revoked.signal]),
      ...compact({ idempotencyKey: call.idempotencyKey, traceparent: call.traceparent }),
      metadata: {
        [WORKFLOW_RUN]: call.runId,
        workflowStep: call.nodeKey,
        ...(call.grantId !== null && { [STORED_GRANT]: call.grantId }),
        ...(actingKeys.length > 0 && { [ACTING_KEYS]: actingKeys }),
      },
    })
    return envelope.data
  } catch (error) {
    // What a handler makes of an abort is not the reason.
    if (signal.aborted) throw signal.reason
    throw revoked.signal.aborted ? revoked.signal.reason : error
  } finally {
    unwatch()
  }
}
