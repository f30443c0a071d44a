import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DueTimer } from './due-timer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A timer, the times in milliseconds until the calls that wait, and when it called back. */
function timed(waiting: readonly number[]) {
  const from = performance.now()
  const now = (): number => Math.round(performance.now() - from)
  const due: number[] = []
  const timer = new DueTimer(
    () => Promise.resolve(waiting.map((at) => at - now()).find((ms) => ms > 0)),
    () => due.push(now()),
  )
  return { timer, due }
}

test('calls that become due one after the other are each called back for after one look', async () => {
  const { timer, due } = timed([300, 700, 1900, 9000])
  await timer.look()
  await vi.advanceTimersByTimeAsync(5000)
  expect(due).toEqual([300, 700, 1900])
})

test('a call that is expected sooner is called back for first, and the later one is not forgotten', async () => {
  const { timer, due } = timed([1000])
  await timer.look()
  timer.expect(200)
  timer.expect(600)
  await vi.advanceTimersByTimeAsync(3000)
  expect(due).toEqual([200, 1000])
})

test('a timer that is stopped calls back no more', async () => {
  const { timer, due } = timed([100])
  await timer.look()
  timer.stop()
  timer.expect(50)
  await vi.advanceTimersByTimeAsync(1000)
  expect(due).toEqual([])
})
