import type { WorkflowRun } from '@alkdev/storage/workflows'
import type { StepRuntime } from './call-step.ts'
import type { RunState } from './run-state.ts'
import type { StepWaits } from './step-waits.ts'

/** What the work of this process on one run has in memory. */
export interface RunWork {
  readonly runtime: StepRuntime
  readonly run: WorkflowRun
  readonly state: RunState
  readonly waits: StepWaits
  /** Inputs that replace those of the template, by step. */
  readonly stepInputs: Readonly<Record<string, unknown>>
}

/** The input of a step with everything filled in. */
export function inputOfStep({ state, stepInputs }: RunWork, nodeKey: string): unknown {
  return Object.hasOwn(stepInputs, nodeKey) ? stepInputs[nodeKey] : state.root.getInput(nodeKey)
}
