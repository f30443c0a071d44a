import type { CallError, ResponseEnvelope } from '@alkdev/operations'
import type { Run } from '../provider/run.ts'
import type { CallRecord, CallTiming } from '../types.ts'
import type { PendingCallInit } from './pending-call.ts'
import type { Candidate } from './router.ts'

export interface CallRecordParts {
  readonly init: PendingCallInit
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly attempts: number
  readonly route: string
  readonly local: boolean
  readonly items: number
  readonly candidate: Candidate | undefined
  readonly error: CallError | undefined
  readonly output: ResponseEnvelope | undefined
  readonly timing: CallTiming | undefined
}

const ABORTED_CODES = new Set(['ABORTED', 'TIMEOUT'])

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The row of a call that has ended. */
export function callRecord(parts: CallRecordParts): CallRecord {
  const { init, candidate, error, output, timing } = parts
  const failed = error !== undefined && !ABORTED_CODES.has(error.code)
  const record: Writable<CallRecord> = {
    callId: init.callId,
    operationId: init.operationId,
    principal: init.principal,
    actor: init.actor,
    status: error === undefined ? 'completed' : failed ? 'failed' : 'aborted',
    input: init.input,
    startedAtMs: parts.startedAtMs,
    endedAtMs: parts.endedAtMs,
    attempts: parts.attempts,
  }
  if (output !== undefined) record.output = output.data
  if (timing !== undefined) record.timing = timing
  if (parts.route !== '') record.route = parts.route
  if (candidate !== undefined) record.instanceId = candidate.instanceId
  if (candidate?.spokeId !== undefined) record.spokeId = candidate.spokeId
  if (init.parentCallId !== undefined) record.parentCallId = init.parentCallId
  if (init.idempotencyKey !== undefined) record.idempotencyKey = init.idempotencyKey
  if (init.traceparent !== undefined) record.traceparent = init.traceparent
  if (init.metadata !== undefined) record.metadata = init.metadata
  if (init.consumer.stream) record.items = parts.items
  if (parts.local) record.local = true
  if (error !== undefined) {
    record.code = error.code
    record.error = error.toWire()
  }
  return record
}

/** The row of a call whose caller's process died, as its provider knows it. */
export function orphanRecord(run: Run, nowMs: number): CallRecord {
  const { call, outcome } = run
  const { parentCallId, idempotencyKey, traceparent, metadata, target } = call
  const lost = run.ended
    ? outcome.error
    : { code: 'PROVIDER_LOST', message: 'The process of the caller is gone.' }
  const error = lost ?? undefined
  const sinceMs = performance.now() - run.arrivedAt
  return {
    callId: call.callId,
    operationId: call.operationId,
    principal: call.principal,
    actor: call.actor,
    status: error === undefined ? 'completed' : run.ended ? 'failed' : 'aborted',
    input: call.input,
    startedAtMs: Math.round(nowMs - sinceMs),
    endedAtMs: run.ended ? Math.round(nowMs - (performance.now() - run.endedAt)) : nowMs,
    attempts: call.attempt,
    orphaned: true,
    ...(error === undefined ? {} : { code: error.code, error }),
    ...(outcome.output === undefined ? {} : { output: outcome.output.data }),
    ...(target.kind === 'spoke' ? { spokeId: target.spokeId } : {}),
    ...(call.spec.type === 'subscription' ? { items: run.sent } : {}),
    ...(parentCallId === undefined ? {} : { parentCallId }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}
