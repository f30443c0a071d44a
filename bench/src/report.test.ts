import { expect, test } from 'vitest'
import { onlyKnown, withOutcome } from './report.ts'
import type { Failure, Measurement, Report } from './report.ts'

const machine = {
  cpus: 2,
  cpu: 'some',
  memoryBytes: 2 ** 33,
  node: 'v24.0.0',
  arch: 'x64',
  kernel: '6.1',
  loadAverage: [1, 1, 1],
}
const measured = (at: string, value: number): Measurement => ({
  at,
  machine,
  rows: [{ name: 'a thing', value, unit: 'ms' }],
})
const failure: Failure = { at: '2026-01-02', message: 'no broker' }
const former: Report = {
  results: { calls: measured('2026-01-01', 1), peers: measured('2026-01-01', 2) },
  failures: {},
}

test('a run of one bench leaves what the others measured, each with its own time', () => {
  const report = withOutcome(former, 'calls', measured('2026-01-02', 3))
  expect(report.results).toEqual({
    calls: measured('2026-01-02', 3),
    peers: measured('2026-01-01', 2),
  })
})

test('a bench that failed keeps its former rows and is shown as failed', () => {
  const report = withOutcome(former, 'calls', failure)
  expect(report).toEqual({ results: former.results, failures: { calls: failure } })
})

test('a measurement ends the failure of that bench and of no other', () => {
  const failed = withOutcome(withOutcome(former, 'calls', failure), 'bus', failure)
  const report = withOutcome(failed, 'calls', measured('2026-01-03', 4))
  expect(report.failures).toEqual({ bus: failure })
  expect(report.results['calls']).toEqual(measured('2026-01-03', 4))
})

test('benches stay in the order of their names', () => {
  const report = withOutcome(former, 'bus', measured('2026-01-02', 3))
  expect(Object.keys(report.results)).toEqual(['bus', 'calls', 'peers'])
})

test('what a bench measured that is no more is left out', () => {
  const report = onlyKnown(withOutcome(former, 'peers', failure), ['calls'])
  expect(report).toEqual({ results: { calls: former.results['calls'] }, failures: {} })
})
