import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TimeoutError, unlessAborted, withTimeout } from './with-timeout.ts'

const never = new Promise<never>(() => {})

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('the result or error of work that ends in time is passed on, and no timer or listener is left', async () => {
  const { signal } = new AbortController()
  const options = { ms: 100, what: 'The test', signal }
  await expect(withTimeout(Promise.resolve(1), options)).resolves.toBe(1)
  await expect(withTimeout(Promise.reject(new Error('no')), options)).rejects.toThrow('no')
  expect(vi.getTimerCount()).toBe(0)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('work that takes too long ends with an error that names it, and its listener is removed', async () => {
  const { signal } = new AbortController()
  const late = withTimeout(never, { ms: 100, what: 'The test', signal })
  vi.advanceTimersByTime(100)
  await expect(late).rejects.toThrow(new TimeoutError('The test', 100))
  await expect(late).rejects.toThrow('The test took longer than 100 ms')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('onTimeout makes the result at the deadline, or the error', async () => {
  const onTimeout = (): string => 'late'
  const late = withTimeout(never, { ms: 100, what: 'The test', onTimeout })
  const failing = withTimeout(never, {
    ms: 100,
    what: 'The test',
    onTimeout() {
      throw new Error('mine')
    },
  })
  vi.advanceTimersByTime(100)
  await expect(late).resolves.toBe('late')
  await expect(failing).rejects.toThrow('mine')
})

test('a signal ends the wait with its reason, before the wait or during it', async () => {
  const stop = new AbortController()
  const during = withTimeout(never, { ms: 100, what: 'The test', signal: stop.signal })
  const without = unlessAborted(never, stop.signal)
  stop.abort(new Error('stopped'))
  await expect(during).rejects.toThrow('stopped')
  await expect(without).rejects.toThrow('stopped')
  const { signal } = stop
  await expect(withTimeout(never, { ms: 100, what: 'The test', signal })).rejects.toThrow('stopped')
  await expect(unlessAborted(Promise.resolve(1), signal)).rejects.toThrow('stopped')
  expect(vi.getTimerCount()).toBe(0)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('an error of the work after the deadline or the abort is ignored', async () => {
  const work = Promise.withResolvers<never>()
  const late = withTimeout(work.promise, { ms: 100, what: 'The test' })
  const aborted = unlessAborted(work.promise, AbortSignal.abort(new Error('stopped')))
  vi.advanceTimersByTime(100)
  await expect(late).rejects.toThrow(TimeoutError)
  await expect(aborted).rejects.toThrow('stopped')
  // An unhandled rejection would fail the run.
  work.reject(new Error('too late'))
})

test('work that ends without an abort leaves no listener', async () => {
  const { signal } = new AbortController()
  await expect(unlessAborted(Promise.resolve(1), signal)).resolves.toBe(1)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
