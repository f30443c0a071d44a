import { CodedError } from '@alkdev/errors'
import { afterEach, expect, test, vi } from 'vitest'
import { guarded, malformed } from './faults.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('without a handler a flood of faults is one warning at once and one with the number of the others (L14)', () => {
  vi.useFakeTimers()
  const lines: unknown[] = []
  vi.spyOn(console, 'warn').mockImplementation((line: unknown) => void lines.push(line))
  const onError = guarded()
  for (let at = 0; at < 5000; at += 1) onError(malformed(`message ${at}`), { kind: 'malformed' })
  onError(new CodedError('TIMEOUT', 'no answer'), { kind: 'subscribe' })
  expect(lines).toEqual([
    '@alkdev/pubsub: malformed: VALIDATION_ERROR: message 0',
    '@alkdev/pubsub: subscribe: TIMEOUT: no answer',
  ])
  vi.advanceTimersByTime(10_000)
  expect(lines.slice(2)).toEqual([
    '@alkdev/pubsub: malformed: VALIDATION_ERROR: 4999 more like it in 10 seconds',
  ])
  onError(malformed('later'), { kind: 'malformed' })
  expect(lines.at(-1)).toBe('@alkdev/pubsub: malformed: VALIDATION_ERROR: later')
  expect(vi.getTimerCount()).toBe(1)
})

test('a handler that was given hears every fault', () => {
  const received: string[] = []
  const onError = guarded((error) => void received.push(error.message))
  for (const message of ['a', 'a', 'b']) onError(malformed(message), { kind: 'malformed' })
  expect(received).toEqual(['a', 'a', 'b'])
})
