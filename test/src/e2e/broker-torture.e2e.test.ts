import { expect, test } from 'vitest'
import { runTorture } from '../torture/run-torture.ts'

// The long form is `npm run torture`.
test('(rows 1, 3, 5, 6, 9, 10) while spokes, brokers, Redis and Postgres are killed, frozen and cut, every call ends, truly, and none is started twice', async () => {
  const summary = await runTorture({
    seed: 11,
    calls: 100_000,
    maxMs: 7000,
    httpCallers: 12,
    sockets: 2,
    spokes: 4,
    pauseMs: [200, 900],
    longestHarmMs: 1000,
    drainBudgetMs: 1500,
  })
  expect(summary.faults).toEqual({
    unanswered: 0,
    doubled: 0,
    repeated: 0,
    brokenPromises: 0,
    wrong: 0,
    notMended: 0,
  })
  expect(summary.ends['ok']).toBeGreaterThan(200)
  expect(Object.keys(summary.deeds).length).toBeGreaterThan(3)
}, 120_000)
