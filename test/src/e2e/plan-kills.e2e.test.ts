import { expect, test } from 'vitest'
import { runPlanTorture } from '../torture/plan/run-plan-torture.ts'

// The long form is `npm run torture -- plan`.
test('a plan is worked on to its end, each task and effect once and nothing lost, while everything below it is killed', async () => {
  const script = [
    'coordinator killed',
    'spoke killed',
    'broker killed',
    'Redis killed',
    'PostgreSQL killed',
  ] as const
  const { faults, injected } = await runPlanTorture({
    seed: 21,
    tasks: 8,
    sessions: 4,
    spokes: 2,
    coordinators: 2,
    withUndisturbed: false,
    pauseMs: [1000, 2500],
    script,
    maxMs: 360_000,
  })
  expect(injected).toEqual(Object.fromEntries(script.map((what) => [what, 1])))
  expect(faults).toEqual({
    tasks: 0,
    tree: 0,
    repeated: 0,
    keyed: 0,
    unexplained: 0,
    invariants: 0,
  })
}, 600_000)
