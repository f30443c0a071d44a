import { storableText } from '@alkdev/std'
import type {
  BeginningCall,
  LedgerAmounts,
  LedgerCaller,
  OpeningCall,
  SettledAttempt,
  SettledCall,
} from './ledger-call.ts'

/**
 * Calls as the parameter of a statement, written member by member: a call is written twice, and `JSON.stringify` takes several times as long for objects with dates and members that are
 * undefined. What is null or undefined is left out, which is the same for the statements. What PostgreSQL does not store has U+FFFD in its place: names of models
 * come from clients, and a row that cannot be written would leave its call open.
 */
export function openingCallsJson(calls: readonly (OpeningCall | BeginningCall)[]): string {
  return `[${calls.map((call) => openingCallJson(call)).join(',')}]`
}

function openingCallJson(call: OpeningCall | BeginningCall): string {
  const { worstMicros, waits } = call
  let json = `{${ofCaller(call)},"inputEstimate":${call.inputEstimate},"worstTokens":${call.worstTokens},"leaseMs":${call.leaseMs}`
  if (worstMicros !== null) json += `,"worstMicros":${worstMicros}`
  if (waits !== undefined) json += `,"waits":${waits}`
  json += text('provider', call.provider) + text('model', call.model)
  if ('slices' in call)
    json += `,"slices":${JSON.stringify(call.slices)}${text('holder', call.holder)}`
  return `${json}}`
}

/** One ended call of such a parameter. It may wait to be written: joined, it is one text and not the tree of pieces that V8 makes of a concatenation. */
export function settledCallJson(call: SettledCall): string {
  const pieces = ['{', ofCaller(call), ofEnd(call), ',"attempts":[']
  for (const [at, one] of call.attempts.entries())
    pieces.push(
      `${at === 0 ? '' : ','}{"attempt":${one.attempt},"target":${quoted(one.target)},"tokens":${one.tokens}`,
      `,"startedAt":${instant(one.startedAt)}`,
      ofEnd(one),
      '}',
    )
  pieces.push(
    `],"inconsistent":${call.inconsistent},"endedBy":"${call.endedBy}","truncated":${call.truncated}`,
    `,"settledBy":"${call.settledBy}","endedAt":${instant(call.endedAt)}}`,
  )
  return pieces.join('')
}

function ofCaller(caller: LedgerCaller): string {
  const { targets, subjects, tags, startedAt } = caller
  let json = `"id":${quoted(caller.id)},"accountId":${quoted(caller.accountId)},"endpoint":${quoted(caller.endpoint)},"requestedModel":${quoted(caller.requestedModel)}`
  json += `,"streamed":${caller.streamed},"startedAt":${instant(startedAt)}`
  json += text('keyId', caller.keyId) + text('orgId', caller.orgId)
  json += text('parentId', caller.parentId) + text('sessionId', caller.sessionId)
  json +=
    text('turnId', caller.turnId) + text('stepId', caller.stepId) + text('runId', caller.runId)
  if (tags !== undefined) json += `,"tags":${list(tags)}`
  let pairs = ''
  for (const [type, id] of subjects) pairs += `${pairs === '' ? '' : ','}["${type}",${quoted(id)}]`
  return `${json},"targets":${list(targets)},"subjects":[${pairs}]`
}

/** What rows of calls and rows of attempts have. */
function ofEnd(
  end: LedgerAmounts & Pick<SettledAttempt | SettledCall, 'provider' | 'model' | 'status' | 'code'>,
): string {
  let json = `,"input":${end.input},"cacheRead":${end.cacheRead},"cacheWrite5m":${end.cacheWrite5m},"cacheWrite1h":${end.cacheWrite1h},"output":${end.output}`
  json += `,"reasoning":${end.reasoning},"audioInput":${end.audioInput},"audioOutput":${end.audioOutput},"unpriced":${end.unpriced},"usageSource":"${end.usageSource}"`
  if (end.costMicros !== null) json += `,"costMicros":${end.costMicros}`
  json += text('priceVersion', end.priceVersion)
  json += text('provider', end.provider) + text('model', end.model) + text('code', end.code)
  json += text('upstreamRequestId', end.upstreamRequestId)
  if (end.status !== null) json += `,"status":${end.status}`
  if (end.firstTokenMs !== null) json += `,"firstTokenMs":${micro(end.firstTokenMs)}`
  return `${json},"totalMs":${micro(end.totalMs)}`
}

function text(name: string, value: string | null | undefined): string {
  return value === undefined || value === null ? '' : `,"${name}":${quoted(value)}`
}

function list(values: readonly string[]): string {
  return values.length === 1
    ? `[${quoted(values[0] ?? '')}]`
    : `[${values.map((one) => quoted(one)).join(',')}]`
}

/** What JSON escapes, and what PostgreSQL does not store. */
const SPECIAL = /["\\\p{Cc}\p{Cs}]/u

function quoted(value: string): string {
  return SPECIAL.test(value) ? JSON.stringify(storableText(value)) : `"${value}"`
}

/** Milliseconds, rounded to the microsecond. */
function micro(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** The beginning of the instants of one second: most calls of a batch are of the same. */
const known = { second: Number.NaN, text: '' }

/** An instant as `Date.toISOString` writes it. */
function instant(date: Date): string {
  const ms = date.getTime()
  const second = Math.floor(ms / 1000)
  if (second !== known.second) {
    known.text = new Date(second * 1000).toISOString().slice(0, -4)
    known.second = second
  }
  return `"${known.text}${String(ms - second * 1000).padStart(3, '0')}Z"`
}
