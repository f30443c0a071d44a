import { storableValue } from '@alkdev/std'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openingCallsJson, settledCallJson } from './calls-json.ts'
import type { SettledCall } from './ledger-call.ts'
import { openingCall, settledCall } from './test-calls.ts'

/** What the statements read of a call: without what is null or undefined, milliseconds to the microsecond, texts as PostgreSQL stores them. */
function read(call: object): unknown {
  const micro = (ms: number): number => Math.round(ms * 1000) / 1000
  return storableValue(
    JSON.parse(
      JSON.stringify(call, (name, value: unknown) => {
        if (value === null) return undefined
        const isMs = name === 'firstTokenMs' || name === 'totalMs'
        return isMs && typeof value === 'number' ? micro(value) : value
      }),
    ),
  )
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('m\ud800', '\udc00"\\', 'acme/m\0'),
)
const maybeText = fc.option(anyText, { nil: undefined })
const nullableText = fc.option(anyText)
const count = fc.maxSafeNat()
const ms = fc.double({ min: 0, max: 1e9, noNaN: true })
const instant = fc.date({
  min: new Date('1970-01-01'),
  max: new Date('9999-01-01'),
  noInvalidDate: true,
})
const caller = {
  id: anyText,
  accountId: anyText,
  parentId: maybeText,
  keyId: maybeText,
  orgId: maybeText,
  sessionId: maybeText,
  turnId: maybeText,
  stepId: maybeText,
  runId: maybeText,
  tags: fc.option(fc.array(anyText), { nil: undefined }),
  endpoint: anyText,
  requestedModel: anyText,
  streamed: fc.boolean(),
  startedAt: instant,
  subjects: fc.array(fc.tuple(fc.constantFrom('key' as const, 'model' as const), anyText)),
  targets: fc.array(anyText),
}
const amounts = {
  input: count,
  cacheRead: count,
  cacheWrite5m: count,
  cacheWrite1h: count,
  output: count,
  reasoning: count,
  audioInput: count,
  audioOutput: count,
  costMicros: fc.option(count),
  unpriced: fc.boolean(),
  priceVersion: nullableText,
  usageSource: fc.constantFrom('provider' as const, 'none' as const),
  upstreamRequestId: nullableText,
  firstTokenMs: fc.option(ms),
  totalMs: ms,
}
const end = {
  provider: nullableText,
  model: nullableText,
  status: fc.option(fc.nat()),
  code: nullableText,
}
const settled: fc.Arbitrary<SettledCall> = fc.record({
  ...caller,
  ...amounts,
  ...end,
  attempts: fc.array(
    fc.record({
      ...amounts,
      ...end,
      provider: anyText,
      model: anyText,
      attempt: count,
      target: anyText,
      tokens: count,
      startedAt: instant,
    }),
    { maxLength: 3 },
  ),
  inconsistent: fc.boolean(),
  endedBy: fc.constantFrom('done' as const, 'hub' as const),
  truncated: fc.boolean(),
  settledBy: fc.constantFrom('proxy' as const, 'sweep' as const),
  endedAt: instant,
})
const opening = fc.record({
  ...caller,
  provider: maybeText,
  model: maybeText,
  inputEstimate: count,
  worstTokens: count,
  worstMicros: fc.option(count),
  leaseMs: count,
  waits: fc.boolean(),
})
const slices = { slices: fc.dictionary(fc.uuid(), count), holder: maybeText }

test('a call that ended is written with everything that its row and its attempts have', () => {
  fc.assert(
    fc.property(settled, (call) => {
      expect(JSON.parse(settledCallJson(call))).toEqual(read(call))
    }),
  )
})

test('calls that begin are written with everything that their rows and reservations need', () => {
  const beginning = fc.tuple(opening, fc.record(slices)).map(([call, own]) => ({ ...call, ...own }))
  fc.assert(
    fc.property(fc.array(fc.oneof(opening, beginning), { maxLength: 4 }), (calls) => {
      expect(JSON.parse(openingCallsJson(calls))).toEqual(calls.map((call) => read(call)))
    }),
  )
})

test('instants of different seconds are each written as they are', () => {
  const times = [1_700_000_000_999, 1_700_000_001_000, 1_700_000_000_007].map((at) => new Date(at))
  const calls = times.map((startedAt) => openingCall({ startedAt }))
  const written = JSON.parse(openingCallsJson(calls)) as { startedAt: string }[]
  expect(written.map(({ startedAt }) => startedAt)).toEqual(times.map((at) => at.toISOString()))
  const { endedAt } = JSON.parse(
    settledCallJson(settledCall(openingCall(), undefined, { endedAt: new Date(5) })),
  ) as { endedAt: string }
  expect(endedAt).toBe('1970-01-01T00:00:00.005Z')
})
