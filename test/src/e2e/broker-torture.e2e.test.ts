import { expect, test } from 'vitest'
import type { ScriptedFailure } from '../torture/chaos.ts'
import { runTorture } from '../torture/run-torture.ts'

/** Each kind of failure once: a broker is frozen until its lease ends, a spoke until it counts as lost. */
const script: readonly ScriptedFailure[] = [
  { what: 'spoke frozen', ms: 8000 },
  { what: 'broker killed', ms: 500 },
  { what: 'Postgres connections cut', ms: 0 },
  { what: 'spoke killed', ms: 300 },
  { what: 'Redis connections cut', ms: 0 },
  { what: 'broker frozen', ms: 4000 },
  { what: 'broker restarted', ms: 0 },
  { what: 'Redis frozen', ms: 1000 },
  { what: 'Redis killed', ms: 0 },
]

// The long form is `npm run torture`.
test('(rows 1, 3, 5, 6, 7, 9, 10) while spokes, brokers, Redis and Postgres are killed, frozen and cut, each at least once, every call ends, truly, and none is started twice', async () => {
  const summary = await runTorture({
    seed: 11,
    calls: Infinity,
    maxMs: 60_000,
    httpCallers: 12,
    sockets: 6,
    spokes: 4,
    pauseMs: [200, 500],
    longestFailureMs: 1000,
    script,
    drainBudgetMs: 1500,
  })
  expect(summary.faults).toEqual({
    unanswered: 0,
    doubled: 0,
    repeated: 0,
    falseStatements: 0,
    wrong: 0,
    notRecovered: 0,
  })
  expect(summary.injected).toEqual(Object.fromEntries(script.map(({ what }) => [what, 1])))
  expect(summary.ends['ok']).toBeGreaterThan(200)
  // Nothing is proven of what did not happen.
  expect(summary.large).toBeGreaterThan(10)
  expect(summary.errorsOnSockets).toBeGreaterThan(0)
}, 120_000)
