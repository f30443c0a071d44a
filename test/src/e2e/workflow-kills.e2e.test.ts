import { expect, test } from 'vitest'
import { runWorkflowTorture } from '../torture/workflow/run-workflow-torture.ts'

test('a run ends as an undisturbed one, with each effect once, while everything below it is killed, frozen and emptied', async () => {
  const { ends, faults } = await runWorkflowTorture({
    seed: 7,
    blocks: 4,
    runs: 1,
    coordinators: 2,
    pauseMs: [100, 400],
    script: [
      'coordinator killed',
      'Redis emptied',
      'broker killed',
      'coordinator frozen',
      'PostgreSQL killed',
    ],
    workMs: 300,
    maxMs: 150_000,
  })
  expect(ends).toEqual({ completed: 1 })
  expect(faults).toEqual({ differing: 0, differingSteps: 0, lost: 0, doubled: 0 })
}, 240_000)
