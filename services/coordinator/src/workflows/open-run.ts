import type { TemplateGraph } from '@alkdev/flowgraph'
import { must } from '@alkdev/std'
import { getWorkflowRun, getWorkflowVersion, readRunLog } from '@alkdev/storage/workflows'
import type { StepRuntime } from './call-step.ts'
import { compileWorkflow } from './compiled-workflow.ts'
import { RunState } from './run-state.ts'
import type { RunWork } from './run-work.ts'
import { StepWaits } from './step-waits.ts'

export interface OpenedRun {
  readonly work: RunWork
  readonly graph: TemplateGraph
  /** Number of the last event. */
  readonly seq: number
}

/** Reads a run whose claim this process holds, with its log. */
export async function openRun(runtime: StepRuntime, runId: string): Promise<OpenedRun> {
  const run = must(await getWorkflowRun(runtime.db, runId))
  const version = must(await getWorkflowVersion(runtime.db, run.templateId))
  const events = await readRunLog(runtime.db, runId)
  const graph = compileWorkflow(version.template)
  const state = new RunState({
    graph,
    failurePolicy: version.failurePolicy,
    input: JSON.parse(run.input),
    events,
    now: () => performance.now(),
  })
  const stepInputs = JSON.parse(run.stepInputs) as Record<string, unknown>
  const work = { runtime, run, state, waits: new StepWaits(), stepInputs }
  return { work, graph, seq: events.at(-1)?.seq ?? 0 }
}
