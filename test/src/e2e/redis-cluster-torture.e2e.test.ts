import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ScriptedFailure } from '../torture/chaos.ts'
import { replicatedCluster } from '../torture/replicated-redis.ts'
import type { ReplicatedRedis } from '../torture/replicated-redis.ts'
import { runTorture } from '../torture/run-torture.ts'

/** Of the primary that holds the leases of all instances. */
const script: readonly ScriptedFailure[] = [
  { what: 'Redis primary killed', ms: 0 },
  { what: 'Redis primary replaced', ms: 0 },
  { what: 'Redis primary frozen', ms: 0 },
]

let redis: ReplicatedRedis
beforeAll(async () => {
  redis = await replicatedCluster()
})
afterAll(() => redis[Symbol.asyncDispose]())

test('while replicas of a Redis Cluster take over from primaries that are killed, replaced and frozen, every call ends, truly, and none is started twice', async () => {
  const summary = await runTorture({
    seed: 21,
    calls: Infinity,
    maxMs: 90_000,
    httpCallers: 8,
    sockets: 4,
    spokes: 2,
    pauseMs: [1000, 1500],
    longestFailureMs: 1000,
    script,
    drainBudgetMs: 1500,
    redis,
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
  expect(summary.large).toBeGreaterThan(10)
}, 180_000)
