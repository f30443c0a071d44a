import type { NodeStatus } from '../schema/enums.ts'
import type { MapRun, StepState } from './step-state.ts'

/** The status of a Map from those of the steps that it made. */
export function statusOfRun(run: MapRun): NodeStatus {
  if (run.failed > 0) return 'failed'
  if (run.aborted > 0) return 'aborted'
  return run.open === 0 ? 'completed' : 'running'
}

/** The outputs of a Map by item: that of the only exit, or those of all exits by their keys within the item. */
export function outputOfRun(
  run: MapRun,
  outputOf: (step: StepState) => unknown,
): readonly unknown[] {
  return run.items.map(({ exits }) => {
    const [only] = exits
    if (exits.length === 1 && only !== undefined) return outputOf(only)
    return Object.fromEntries(
      exits.map((exit) => [exit.key.slice(exit.scope.length), outputOf(exit)]),
    )
  })
}
