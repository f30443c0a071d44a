import type { CallHeader, CallRecord, CallTiming } from '@alkdev/contracts'
import { holdsSecrets, REDACTED, redactPayloads } from '@alkdev/operations'
import type { CallError, CallPayloads, OperationSpec, ResponseEnvelope } from '@alkdev/operations'
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
  /** The operation as its caller sees it, and as its last provider offers it. */
  readonly specs: readonly OperationSpec[]
  readonly ending: Ending
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly attempts: number
  readonly route: string
  readonly local: boolean
  /** Items received, of streams. */
  readonly items: number | undefined
  /** The last provider. */
  readonly candidate: Candidate | undefined
}

const ABORTED_CODES = new Set(['ABORTED', 'TIMEOUT'])

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The record of a call that has ended, without the values that its operation marks as secret. */
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
  return redactRecord(record, parts.specs)
}

/** The record, made by the provider, of a call whose caller's process died. */
export function orphanRecord(run: Run, nowMs: number): CallRecord {
  const { call, outcome } = run
  const { header, target } = call
  const error = run.ended
    ? outcome.error
    : { code: 'PROVIDER_LOST', message: 'The process of the caller is gone.' }
  const sinceMs = performance.now() - run.arrivedAt
  const record: CallRecord = {
    header,
    status: error === undefined ? 'completed' : run.ended ? 'failed' : 'aborted',
    startedAtMs: Math.round(nowMs - sinceMs),
    endedAtMs: run.ended ? Math.round(nowMs - (performance.now() - run.endedAt)) : nowMs,
    attempts: call.attempt,
    orphaned: true,
    ...(error !== undefined && { code: error.code, error }),
    ...(outcome.output !== undefined && { output: outcome.output.data }),
    ...(target.kind === 'spoke' && { spokeId: target.spokeId }),
    ...(call.spec.type === 'subscription' && { items: run.window.sent }),
  }
  return redactRecord(record, [call.spec])
}

/** The input of an unknown operation is not kept: without a schema, its secrets can't be found. */
function redactRecord(record: CallRecord, specs: readonly OperationSpec[]): CallRecord {
  const { header, output, error } = record
  if (specs.length === 0) {
    return header.input === undefined
      ? record
      : { ...record, header: { ...header, input: REDACTED } }
  }
  let kept: CallPayloads = { input: header.input, output, error }
  for (const spec of specs) if (holdsSecrets(spec)) kept = redactPayloads(spec, kept)
  if (kept.input === header.input && kept.output === output && kept.error === error) return record
  return {
    ...record,
    header: { ...header, input: kept.input },
    ...(kept.output !== undefined && { output: kept.output }),
    ...(kept.error !== undefined && { error: kept.error }),
  }
}
