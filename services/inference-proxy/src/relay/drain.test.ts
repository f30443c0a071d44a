import { CodedError } from '@alkdev/errors'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Provider } from '../providers/provider.ts'
import { Drain, DrainPlaces } from './drain.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const provider = (drainOnDisconnect: boolean): Provider =>
  ({ config: { baseUrl: 'http://a.test/v1', drainOnDisconnect } }) as Provider
const left = new CodedError('ABORTED', 'The client left.')

test('a request is cancelled when its client leaves, unless its provider is drained', () => {
  const client = new AbortController()
  using cancelled = new Drain(client.signal, provider(false), new DrainPlaces())
  using drained = new Drain(client.signal, provider(true), new DrainPlaces())
  client.abort(left)
  expect([cancelled.signal.aborted, cancelled.isDraining]).toEqual([true, false])
  expect([drained.signal.aborted, drained.isDraining]).toEqual([false, true])
})

test('a key that is no longer valid cancels at once', () => {
  const client = new AbortController()
  using drain = new Drain(client.signal, provider(true), new DrainPlaces())
  client.abort(new CodedError('UNAUTHENTICATED', 'The key is no longer valid.'))
  expect(drain.signal.reason).toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('an answer is read on for 30 s and 4 MiB at most', () => {
  const client = new AbortController()
  using slow = new Drain(client.signal, provider(true), new DrainPlaces())
  using long = new Drain(client.signal, provider(true), new DrainPlaces())
  long.read(100 * 1024 * 1024)
  client.abort(left)
  long.read(4 * 1024 * 1024)
  expect(long.isDraining).toBe(true)
  long.read(1)
  expect([long.isDraining, long.signal.reason]).toEqual([false, left])
  vi.advanceTimersByTime(29_999)
  expect(slow.isDraining).toBe(true)
  vi.advanceTimersByTime(1)
  expect([slow.isDraining, slow.signal.reason]).toEqual([false, left])
})

test('no more than 32 answers are read on at a time, and a place is given back', () => {
  const places = new DrainPlaces()
  const client = new AbortController()
  const drains = Array.from({ length: 33 }, () => new Drain(client.signal, provider(true), places))
  client.abort(left)
  expect(drains.filter((drain) => drain.isDraining)).toHaveLength(32)
  for (const drain of drains) drain[Symbol.dispose]()
  const next = new AbortController()
  using again = new Drain(next.signal, provider(true), places)
  next.abort(left)
  expect(again.isDraining).toBe(true)
})
