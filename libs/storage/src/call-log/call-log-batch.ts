import { createHash } from 'node:crypto'
import type { CallRecord } from '@alkdev/contracts'
import { isPlain, redact } from './redact.ts'
import { isUuid, lowestIdOf } from './call-ids.ts'
import { plainArray, Shared, textArray } from './call-log-arrays.ts'
import { storedError, storedPayload } from './stored-payload.ts'

/** Characters of a route, a code or a key. */
const SHORT = 2048
/** Characters of the name of an operation: with three bytes each they fit into an index, which takes 2,704 bytes. */
const MAX_NAME = 512
/** A call that ended at least this many milliseconds after its id was created counts as late. */
export const LATE_MS = 3_600_000

/** The columns that the calls of one caller share. */
export interface BatchCaller {
  readonly id: string
  readonly identity: string
  readonly actor: string
  readonly accountId: string | undefined
  readonly keyId: string | undefined
  readonly orgId: string | undefined
  readonly sessionId: string | undefined
}

/** The columns that calls of the same operation and route share. */
export interface BatchRoute {
  readonly namespace: string
  readonly name: string
  readonly operationName: string
  readonly spokeId: string | undefined
  readonly instanceId: string | undefined
  readonly route: string | undefined
  readonly status: CallRecord['status']
  readonly code: string | undefined
  readonly attempts: number
}

/** A batch as the arrays of one statement. The arrays `caller` and `path` hold positions (from 1) in `callers` and `routes`. */
export interface CallLogBatch {
  readonly callers: readonly BatchCaller[]
  readonly routes: readonly BatchRoute[]
  readonly columns: Readonly<Record<(typeof COLUMNS)[number], string>>
  /** Ids below this one belong to calls that may have ended late. */
  readonly lateBelow: string
}

export const COLUMNS = [
  'id',
  'parent',
  'caller',
  'path',
  'turn',
  'attemptOf',
  'items',
  'startedMs',
  'endedMs',
  'routeMs',
  'queueMs',
  'executeMs',
  'totalMs',
  'idempotencyKey',
  'input',
  'output',
  'error',
  'metadata',
] as const

/** The rows of ended calls, with redacted and truncated payloads. Shared columns are stored once. */
export function callLogBatch(records: readonly CallRecord[]): CallLogBatch {
  const callers = new Shared<BatchCaller>()
  const routes = new Shared<BatchRoute>()
  const headers = records.map(({ header }) => header)
  const timings = records.map(({ timing }) => timing)
  const own = headers.map((header) => ownMetadata(header))
  const payloads = (of: (record: CallRecord) => unknown): string =>
    textArray(
      records.map((record) => {
        const payload = of(record)
        return payload === undefined ? undefined : storedPayload(payload)
      }),
    )
  return {
    callers: callers.values,
    routes: routes.values,
    lateBelow: lowestIdOf(Math.max(...records.map((record) => record.endedAtMs)) - LATE_MS + 1),
    columns: {
      // The database refuses an id that is not a UUID, as one record of the batch.
      id: textArray(headers.map(({ callId }) => callId)),
      parent: plainArray(headers.map(({ parentCallId }) => uuid(parentCallId))),
      caller: plainArray(
        headers.map((header) => {
          const caller = callerOf(header)
          return callers.place(caller.id, () => caller)
        }),
      ),
      path: plainArray(records.map((record) => placeOfRoute(record, routes))),
      turn: plainArray(own.map(({ turnId }) => uuid(turnId))),
      attemptOf: plainArray(own.map(({ attemptOf }) => uuid(attemptOf))),
      items: plainArray(records.map(({ items }) => items)),
      startedMs: plainArray(records.map(({ startedAtMs }) => startedAtMs)),
      endedMs: plainArray(records.map(({ endedAtMs }) => endedAtMs)),
      routeMs: plainArray(timings.map((timing) => rounded(timing?.routeMs))),
      queueMs: plainArray(timings.map((timing) => rounded(timing?.queueMs))),
      executeMs: plainArray(timings.map((timing) => rounded(timing?.executeMs))),
      totalMs: plainArray(
        records.map(({ timing, startedAtMs, endedAtMs }) =>
          rounded(timing?.totalMs ?? Math.max(0, endedAtMs - startedAtMs)),
        ),
      ),
      idempotencyKey: textArray(headers.map(({ idempotencyKey }) => text(idempotencyKey))),
      input: payloads(({ header }) => header.input),
      output: payloads(({ output }) => output),
      error: textArray(records.map(({ error }) => error && storedError(error))),
      metadata: textArray(records.map((record) => metadataOf(record))),
    },
  }
}

type Header = CallRecord['header']

/** Actors that are remembered for one principal; more are forgotten together. */
const REMEMBERED_ACTORS = 64

/** Callers by principal, which is the same object for many calls, and by the content of the actor, of which each call may have an object of its own. */
const knownCallers = new WeakMap<object, Map<string, BatchCaller>>()

function callerOf({ principal, actor }: Header): BatchCaller {
  let byActor = knownCallers.get(principal)
  if (byActor === undefined) knownCallers.set(principal, (byActor = new Map()))
  const key = `${actor.kind}\n${actor.instanceId}\n${actor.name}`
  let caller = byActor.get(key)
  if (caller === undefined) {
    const [identity, actorJson] = [redactedJson(principal), redactedJson(actor)]
    const { orgIds = [] } = principal
    caller = {
      id: hashId(`${identity}\n${actorJson}`),
      identity,
      actor: actorJson,
      accountId: uuid(principal.id),
      keyId: uuid(principal.keyId),
      orgId: orgIds.length === 1 ? uuid(orgIds[0]) : undefined,
      sessionId: uuid(principal.sessionId),
    }
    if (byActor.size >= REMEMBERED_ACTORS) byActor.clear()
    byActor.set(key, caller)
  }
  return caller
}

/** 122 bits of SHA-256 as a UUID of version 8. */
function hashId(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function placeOfRoute(record: CallRecord, routes: Shared<BatchRoute>): number {
  const { operationId } = record.header
  const { spokeId, instanceId, route, status, code, attempts } = record
  const key = `${operationId}\n${spokeId}\n${instanceId}\n${route}\n${status}\n${code}\n${attempts}`
  return routes.place(key, () => {
    const operationName = text(operationId, MAX_NAME) ?? ''
    const dot = operationName.lastIndexOf('.')
    return {
      namespace: operationName.slice(0, Math.max(0, dot)),
      name: operationName.slice(dot + 1),
      operationName,
      spokeId: uuid(spokeId),
      instanceId: uuid(instanceId),
      route: text(route),
      status,
      code: text(code),
      attempts,
    }
  })
}

/** The turn and the queued call, which only the coordinator may name in a call's metadata. */
function ownMetadata({ actor, metadata }: Header): { turnId?: string; attemptOf?: string } {
  if (metadata === undefined || actor.kind !== 'service' || actor.name !== 'coordinator') return {}
  const { turnId, attemptOf } = metadata
  return {
    ...(typeof turnId === 'string' && { turnId }),
    ...(typeof attemptOf === 'string' && { attemptOf }),
  }
}

function metadataOf({ header, receipt, local, orphaned }: CallRecord): string | undefined {
  const { metadata, traceparent } = header
  if (!metadata && !traceparent && !receipt && !local && !orphaned) return undefined
  return storedPayload({ caller: metadata, receipt, local, orphaned, traceparent })
}

function redactedJson(value: object): string {
  return JSON.stringify(isPlain(value, SHORT) ? value : redact(value).value)
}

function uuid(value: string | undefined): string | undefined {
  return isUuid(value) ? value : undefined
}

function text(value: string | undefined, max = SHORT): string | undefined {
  if (value === undefined || isPlain(value, max)) return value
  return String(redact(value, max).value)
}

/** Milliseconds, rounded to the microsecond. */
function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 1000) / 1000
}
