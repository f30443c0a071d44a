import type { WorkflowRun as RunView, WorkflowsGetOutput } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { Db } from '@alkdev/storage'
import type { WorkflowRun } from '@alkdev/storage/workflows'
import { drawWorkflow } from './draw-workflow.ts'
import type { DrawFormat } from './draw-workflow.ts'
import { loadRun, requireStep } from './loaded-run.ts'
import type { LoadedRun } from './loaded-run.ts'
import { runSummary, stepView } from './workflow-views.ts'

/** Steps that are shown. */
const MAX_STEPS = 1000
/** Bytes of an answer that are left for everything but payloads. */
const RESERVED_BYTES = 262_144

export interface RunViewOptions {
  readonly step: string | undefined
  readonly graph: DrawFormat | undefined
  /** Bytes of an answer. */
  readonly maxBytes: number
}

/** A run with its steps. Throws STEP_NOT_FOUND (404), and PAYLOAD_TOO_LARGE when input and output of the step do not fit into one answer. */
export async function runView(
  db: Db,
  run: WorkflowRun,
  { step, graph, maxBytes }: RunViewOptions,
): Promise<WorkflowsGetOutput> {
  const loaded = await loadRun(db, run)
  const { root, facts } = loaded.state
  const keys = root.nodes()
  let room = maxBytes - RESERVED_BYTES
  /** A payload if there is room for it. */
  const fit = (text: string | null): unknown => {
    if (text === null || Buffer.byteLength(text) > room) return undefined
    room -= Buffer.byteLength(text)
    return JSON.parse(text)
  }
  const selected = step === undefined ? undefined : selectedStep(loaded, run, step, maxBytes)
  if (selected !== undefined) room = 0
  const output = fit(run.output)
  const before = stepsBefore(loaded)
  const view: RunView = {
    ...runSummary(run),
    input: fit(run.input),
    ...compact({ output }),
    steps: keys.slice(0, MAX_STEPS).map((key) => ({
      ...stepView(root, facts, key),
      ...compact({ after: before.get(key) }),
    })),
    stepsLeft: Math.max(0, keys.length - MAX_STEPS),
    ...compact({ selected }),
  }
  return {
    run: view,
    ...(graph !== undefined && { graph: drawWorkflow(loaded.graph, graph, root) }),
  }
}

/** The steps directly before each step of the template. Items of a Map have none of their own. */
function stepsBefore({ graph }: LoadedRun): ReadonlyMap<string, string[]> {
  const before = new Map<string, string[]>()
  for (const key of graph.nodes())
    for (const next of graph.successors(key)) {
      const known = before.get(next)
      if (known === undefined) before.set(next, [key])
      else known.push(key)
    }
  return before
}

function selectedStep(
  loaded: LoadedRun,
  run: WorkflowRun,
  step: string,
  maxBytes: number,
): RunView['selected'] {
  requireStep(loaded, run.id, step)
  const { root } = loaded.state
  const inputs = JSON.parse(run.stepInputs) as Readonly<Record<string, unknown>>
  const isStarted = root.nodeKeyToRequestId.has(step)
  const input = Object.hasOwn(inputs, step) ? inputs[step] : root.getInput(step)
  const output = root.getResult(step)?.output
  const selected = {
    step,
    ...(isStarted && input !== undefined && { input }),
    ...compact({ output }),
  }
  if (Buffer.byteLength(JSON.stringify(selected)) <= maxBytes - RESERVED_BYTES) return selected
  // One of the two may fit.
  const { input: _input, ...rest } = selected
  if (Buffer.byteLength(JSON.stringify(rest)) <= maxBytes - RESERVED_BYTES) return rest
  throw new CallError(
    'PAYLOAD_TOO_LARGE',
    `The result of the step ${step} does not fit into one answer.`,
  )
}
