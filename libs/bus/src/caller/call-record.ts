import type { CallHeader, CallRecord, CallTiming } from '@alkdev/contracts'
import type { CallError, ResponseEnvelope } from '@alkdev/operations'
import type { Run } from '../provider/run.ts'
import type { Candidate } from './router.ts'

/** How a call ends: with an error, an output, or (streams) neither. */
export interface Ending {
  readonly error?: CallError
  readonly output?: ResponseEnvelope
  readonly timing?: CallTiming
}

export interface CallRecordParts {
  readonly header: CallHeader
  readonly ending: Ending
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly attempts: number
  readonly route: string
  readonly local: boolean
  /** Items received, of streams. */
  readonly items: number | undefined
  /** The provider that had it last. */
  readonly candidate: Candidate | undefined
}

const ABORTED_CODES = new Set(['ABORTED', 'TIMEOUT'])

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The record of a call that has ended. */
export function callRecord(parts: CallRecordParts): CallRecord {
  const { header, candidate, startedAtMs, endedAtMs, attempts } = parts
  const { error, output, timing } = parts.ending
  const failed = error !== undefined && !ABORTED_CODES.has(error.code)
  const record: Writable<CallRecord> = {
    header,
    status: error === undefined ? 'completed' : failed ? 'failed' : 'aborted',
    startedAtMs,
    endedAtMs,
    attempts,
  }
  if (output !== undefined) record.output = output.data
  if (timing !== undefined) record.timing = timing
  if (parts.route !== '') record.route = parts.route
  if (candidate !== undefined) record.instanceId = candidate.instanceId
  if (candidate?.spokeId !== undefined) record.spokeId = candidate.spokeId
  if (parts.items !== undefined) record.items = parts.items
  if (parts.local) record.local = true
  if (error !== undefined) {
    record.code = error.code
    record.error = error.toWire()
  }
  return record
}

/** The record of a call whose caller's process died, as its provider knows it. */
export function orphanRecord(run: Run, nowMs: number): CallRecord {
  const { call, outcome } = run
  const { header, target } = call
  const error = run.ended
    ? outcome.error
    : { code: 'PROVIDER_LOST', message: 'The process of the caller is gone.' }
  const sinceMs = performance.now() - run.arrivedAt
  return {
    header,
    status: error === undefined ? 'completed' : run.ended ? 'failed' : 'aborted',
    startedAtMs: Math.round(nowMs - sinceMs),
    endedAtMs: run.ended ? Math.round(nowMs - (performance.now() - run.endedAt)) : nowMs,
    attempts: call.attempt,
    orphaned: true,
    ...(error === undefined ? {} : { code: error.code, error }),
    ...(outcome.output === undefined ? {} : { output: outcome.output.data }),
    ...(target.kind === 'spoke' ? { spokeId: target.spokeId } : {}),
    ...(call.spec.type === 'subscription' ? { items: run.window.sent } : {}),
  }
}
