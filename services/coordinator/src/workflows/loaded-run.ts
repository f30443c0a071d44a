import { CallError } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { getWorkflowVersion, readRunLog } from '@alkdev/storage/workflows'
import type { Db } from '@alkdev/storage'
import type { StoredRunEvent, WorkflowRun } from '@alkdev/storage/workflows'
import type { TemplateGraph } from '@alkdev/flowgraph'
import { compileWorkflow } from './compiled-workflow.ts'
import { RunState } from './run-state.ts'

export interface LoadedRun {
  readonly graph: TemplateGraph
  readonly state: RunState
  readonly events: readonly StoredRunEvent[]
}

/** The state of a run from its log, for those who look at it or change it from outside. */
export async function loadRun(db: Db, run: WorkflowRun): Promise<LoadedRun> {
  const version = must(await getWorkflowVersion(db, run.templateId))
  const events = await readRunLog(db, run.id)
  const graph = compileWorkflow(version.template)
  const state = new RunState({
    graph,
    failurePolicy: version.failurePolicy,
    input: JSON.parse(run.input),
    events,
    now: () => performance.now(),
  })
  return { graph, state, events }
}

/** Throws STEP_NOT_FOUND (404) for a key that the run has no step of. */
export function requireStep({ state }: LoadedRun, runId: string, step: string): void {
  if (state.root.statusMap.has(step)) return
  const message = `The run has no step ${step}.`
  throw new CallError('STEP_NOT_FOUND', message, { runId, step }, { httpStatus: 404 })
}
