import { expect, test } from 'vitest'
import { UpstreamError } from '../relay/upstream-error.ts'
import type { UpstreamErrorOptions } from '../relay/upstream-error.ts'
import { AttemptPlan } from './attempt-plan.ts'
import type { AttemptPlanInput } from './attempt-plan.ts'
import type { Candidate } from './candidate.ts'
import { CircuitBreakers } from './circuit-breakers.ts'
import { KeyBench } from './key-bench.ts'

const candidate = (target: string, key = 'k', window?: number): Candidate => ({
  provider: { id: target, name: target, ownerId: 'a', orgId: null, broken: 'unused' },
  model: 'm',
  targetId: target,
  keyId: `${target}#${key}`,
  keyName: key,
  window,
})
const error = (options: Partial<UpstreamErrorOptions>): UpstreamError =>
  new UpstreamError('UPSTREAM_ERROR', 'failed', { status: 503, next: 'target', ...options })

const BUSY = error({ mayRepeat: true })
const DOWN = error({ isFault: true, mayRepeat: true })

function plan(candidates: readonly Candidate[], more: Partial<AttemptPlanInput> = {}): AttemptPlan {
  return new AttemptPlan({
    candidates,
    maxAttempts: 3,
    breakers: new CircuitBreakers({ failures: 0, openMs: 1000 }),
    bench: new KeyBench(1000),
    retryDelayMs: 100,
    maxRetryAfterMs: 2000,
    random: () => 1,
    ...more,
  })
}

/** The keys of the requests and the pauses before them, when every request fails with the next of the errors. */
function run(made: AttemptPlan, ...errors: readonly UpstreamError[]): (string | number)[] {
  const steps: (string | number)[] = []
  for (const one of errors) {
    const next = made.next()
    if (next === undefined) break
    steps.push(next.candidate.keyId, next.delayMs)
    made.failed(next.candidate, one)
  }
  return steps
}

test('each candidate is tried once and at once, then the first again after a pause', () => {
  const made = plan([candidate('a'), candidate('b')])
  expect(run(made, BUSY, BUSY, BUSY, BUSY)).toEqual(['a#k', 0, 'b#k', 0, 'a#k', 100])
})

test('the pauses of one target double, and the one that the provider asks for is kept', () => {
  const made = plan([candidate('a')], { maxAttempts: 4 })
  const asks = error({ mayRepeat: true, retryAfterMs: 1500 })
  expect(run(made, BUSY, BUSY, asks, BUSY)).toEqual(['a#k', 0, 'a#k', 100, 'a#k', 200, 'a#k', 1500])
})

test('a provider that asks for a longer pause is not asked again', () => {
  const made = plan([candidate('a')])
  expect(run(made, error({ mayRepeat: true, retryAfterMs: 2001 }), BUSY)).toEqual(['a#k', 0])
})

test('a failure after which tokens may have been used is not repeated at the same target', () => {
  const made = plan([candidate('a'), candidate('b')])
  const lost = error({ isFault: true, mayHaveUsed: true })
  expect(run(made, lost, lost, BUSY)).toEqual(['a#k', 0, 'b#k', 0])
})

test('after a fault of a target another target comes before its other keys', () => {
  const made = plan([candidate('a', 'k'), candidate('a', 'l'), candidate('b')])
  expect(run(made, DOWN, DOWN, DOWN)).toEqual(['a#k', 0, 'b#k', 0, 'a#l', 0])
})

test('a fault that says nothing about the target leaves its breaker as it is', () => {
  const breakers = new CircuitBreakers({ failures: 1, openMs: 1000, now: () => 0 })
  const made = plan([candidate('a')], { breakers })
  expect(made.failed(candidate('a'), DOWN, false)).toBe(false)
  expect(breakers.openForMs('a')).toBe(0)
  expect(made.failed(candidate('a'), DOWN)).toBe(true)
})

test('after a busy key the next key of the target is tried', () => {
  const made = plan([candidate('a', 'k'), candidate('a', 'l'), candidate('b')])
  expect(run(made, BUSY, BUSY, BUSY)).toEqual(['a#k', 0, 'a#l', 0, 'b#k', 0])
})

test('a refused key is benched: the next key is tried, and later calls try it last', () => {
  const bench = new KeyBench(1000)
  const keys = [candidate('a', 'k'), candidate('a', 'l')]
  expect(run(plan(keys, { bench }), error({ next: 'key' }), BUSY)).toEqual(['a#k', 0, 'a#l', 0])
  expect(plan(keys, { bench }).next()?.candidate.keyId).toBe('a#l')
})

test('a refused key is not tried again in the same call', () => {
  expect(run(plan([candidate('a')]), error({ next: 'key' }), BUSY)).toEqual(['a#k', 0])
})

test('a request that no target takes goes nowhere else', () => {
  expect(run(plan([candidate('a'), candidate('b')]), error({ next: 'none' }), BUSY)).toEqual([
    'a#k',
    0,
  ])
})

test('an input that is too long goes to targets with a bigger window only', () => {
  const sized = [
    candidate('a', 'k', 100),
    candidate('b', 'k', 50),
    candidate('c'),
    candidate('d', 'k', 200),
  ]
  expect(run(plan(sized), error({ next: 'bigger' }), BUSY)).toEqual(['a#k', 0, 'd#k', 0])
  expect(
    run(plan([candidate('c'), candidate('d', 'k', 200)]), error({ next: 'bigger' }), BUSY),
  ).toEqual(['c#k', 0])
})

test('a target whose breaker is open is left out, and a plan without another says how long', () => {
  const breakers = new CircuitBreakers({ failures: 2, openMs: 500, now: () => 0 })
  expect(run(plan([candidate('a')], { breakers }), DOWN, DOWN, DOWN)).toEqual([
    'a#k',
    0,
    'a#k',
    100,
  ])
  const made = plan([candidate('a'), candidate('b')], { breakers })
  expect(made.next()?.candidate.targetId).toBe('b')
  const none = plan([candidate('a')], { breakers })
  expect(none.next()).toBeUndefined()
  expect(none.retryAfterMs).toBe(500)
})

test('a plan says how many requests may follow without a repetition', () => {
  const made = plan([candidate('a'), candidate('b'), candidate('c'), candidate('d')])
  expect(made.next()?.followers).toBe(2)
  expect(made.next()?.followers).toBe(1)
})

test('another target may follow only while there is one with a closed breaker, and a request is left', () => {
  const breakers = new CircuitBreakers({ failures: 1, openMs: 1000, now: () => 0 })
  const [a, other, b] = [candidate('a'), candidate('a', 'l'), candidate('b')]
  const hasOther = (...args: Parameters<typeof plan>): boolean | undefined =>
    plan(...args).next()?.hasOtherTarget
  expect(hasOther([a, b], { breakers })).toBe(true)
  expect(hasOther([a, other], { breakers })).toBe(false)
  expect(hasOther([a], { breakers })).toBe(false)
  expect(hasOther([a, b], { breakers, maxAttempts: 1 })).toBe(false)
  breakers.onFailure('b')
  expect(hasOther([a, b], { breakers })).toBe(false)
})
