import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { followAborts } from './follow-aborts.ts'

test('the controller aborts with the first signal and its reason, and no listener remains', () => {
  const [first, second, own] = [new AbortController(), new AbortController(), new AbortController()]
  followAborts(own, [first.signal, second.signal])
  second.abort('second')
  first.abort('first')
  expect(own.signal.reason).toBe('second')
  for (const { signal } of [first, second]) expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('the controller aborts at once with a signal that has aborted', () => {
  const [waiting, own] = [new AbortController(), new AbortController()]
  followAborts(own, [waiting.signal, AbortSignal.abort('before')])
  expect(own.signal.reason).toBe('before')
  expect(getEventListeners(waiting.signal, 'abort')).toEqual([])
})

test('the controller follows no signal any more after the end', () => {
  const [other, own] = [new AbortController(), new AbortController()]
  followAborts(own, [other.signal])()
  expect(getEventListeners(other.signal, 'abort')).toEqual([])
  other.abort()
  expect(own.signal.aborted).toBe(false)
})
