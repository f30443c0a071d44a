import { expect, test } from 'vitest'
import { EACH_FAILURE } from '../torture/queue/queue-chaos.ts'
import { runQueueTorture } from '../torture/queue/run-queue-torture.ts'

// The long form is `npm run torture -- queue`.
test('no queued call is lost, doubled or repeated while coordinators, brokers, spokes, Redis and PostgreSQL are killed, frozen, emptied and restarted', async () => {
  const summary = await runQueueTorture({
    seed: 14,
    calls: 450,
    batch: 150,
    coordinators: 2,
    spokes: 2,
    pauseMs: [200, 500],
    script: EACH_FAILURE,
    workMs: [100, 1500],
    maxMs: 240_000,
  })
  expect(summary.faults).toEqual({ lost: 0, doubled: 0, repeated: 0, falseStatements: 0 })
  expect(summary.injected).toEqual(Object.fromEntries(EACH_FAILURE.map((what) => [what, 1])))
  expect(summary.ends).toMatchObject({ 'safe completed': 150 })
  expect(summary.calls).toBe(450)
}, 300_000)
