import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MinimumRate } from './minimum-rate.ts'
import type { MinimumRateOptions } from './minimum-rate.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const failures: unknown[] = []
function rateOf(given: Partial<MinimumRateOptions> = {}): MinimumRate {
  failures.length = 0
  return new MinimumRate({
    provider: { name: 'acme' } as MinimumRateOptions['provider'],
    bytesPerSecond: 20,
    measuredMs: 5000,
    leftMs: 60_000,
    onSlow: (error) => failures.push(error),
    ...given,
  })
}

test('a stream passes when it has brought as much as the time allows, however early', () => {
  using rate = rateOf()
  expect(rate.passes(1)).toBe(false)
  expect(rate.passes(99)).toBe(false)
  expect(rate.passes(100)).toBe(true)
  rate[Symbol.dispose]()
  vi.advanceTimersByTime(60_000)
  expect(rate.failure).toBeUndefined()
  expect(failures).toEqual([])
})

test('a stream that has brought less when the time is over has failed, once', () => {
  using rate = rateOf()
  expect(rate.passes(1)).toBe(false)
  vi.advanceTimersByTime(4999)
  expect(rate.passes(99)).toBe(false)
  expect(rate.failure).toBeUndefined()
  vi.advanceTimersByTime(60_000)
  expect(failures).toEqual([rate.failure])
  expect(rate.failure).toMatchObject({
    code: 'UPSTREAM_TOO_SLOW',
    httpStatus: 504,
    next: 'target',
    isFault: true,
    mayHaveUsed: true,
    mayRepeat: false,
  })
})

test('the time begins with the first content', () => {
  using rate = rateOf()
  vi.advanceTimersByTime(20_000)
  expect(rate.passes(1)).toBe(false)
  vi.advanceTimersByTime(4999)
  expect(rate.failure).toBeUndefined()
})

test.each([
  ['any rate will do', { bytesPerSecond: 0 }, 0],
  ['the first content must come before a measurement would be over', { leftMs: 4000 }, 0],
  ['the first content came too late for one', {}, 56_000],
])('no stream is measured when %s', (_, given, after) => {
  using rate = rateOf(given)
  vi.advanceTimersByTime(after)
  expect(rate.passes(1)).toBe(true)
  vi.advanceTimersByTime(60_000)
  expect(rate.failure).toBeUndefined()
})
