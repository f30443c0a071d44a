import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ProgressReports } from './progress-reports.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function recorded(): {
  readonly sent: (readonly [number, string])[]
  readonly reports: ProgressReports
} {
  const sent: [number, string][] = []
  const reports = new ProgressReports(async (done, message) => void sent.push([done, message]))
  return { sent, reports }
}

test('a silent call sends a heartbeat every ten seconds, each with more progress', async () => {
  const { sent, reports } = recorded()
  await vi.advanceTimersByTimeAsync(30_000)
  reports[Symbol.dispose]()
  expect(sent.map(([, message]) => message)).toEqual([
    'Running for 10 s.',
    'Running for 20 s.',
    'Running for 30 s.',
  ])
  expect(sent.map(([done]) => done)).toEqual(
    [...sent.map(([done]) => done)].toSorted((a, b) => a - b),
  )
})

test('a heartbeat between two items lies between their counts', async () => {
  const { sent, reports } = recorded()
  await reports.report(1, 'first')
  await vi.advanceTimersByTimeAsync(10_000)
  await reports.report(2, 'second')
  reports[Symbol.dispose]()
  expect(sent[1]?.[0]).toBeGreaterThan(1)
  expect(sent[1]?.[0]).toBeLessThan(2)
})

test('an item postpones the next heartbeat', async () => {
  const { sent, reports } = recorded()
  await vi.advanceTimersByTimeAsync(9000)
  await reports.report(1, 'item')
  await vi.advanceTimersByTimeAsync(9000)
  reports[Symbol.dispose]()
  expect(sent).toEqual([[1, 'item']])
})

test('nothing is sent after the call has ended', async () => {
  const { sent, reports } = recorded()
  reports[Symbol.dispose]()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent).toEqual([])
})

test('a client that has left ends no process', async () => {
  const reports = new ProgressReports(() => Promise.reject(new Error('gone')))
  await vi.advanceTimersByTimeAsync(10_000)
  reports[Symbol.dispose]()
  expect(vi.getTimerCount()).toBe(0)
})
