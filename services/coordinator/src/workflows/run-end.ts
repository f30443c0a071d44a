import type { TemplateGraph, WorkflowReactiveRoot } from '@alkdev/flowgraph'
import type { RunEnd } from '@alkdev/storage/workflows'

/** How a run ends whose steps are all over. */
export function runEndOf(
  root: WorkflowReactiveRoot,
  graph: TemplateGraph,
  abortReason: string | null,
  maxBytes: number,
): RunEnd {
  if (abortReason !== null) {
    const message = abortReason === '' ? 'The run was aborted.' : abortReason
    return { status: 'aborted', error: { code: 'ABORTED', message } }
  }
  const status = root.getAggregateStatus()
  if (status === 'failed' || status === 'aborted') return { status: 'failed', error: errorOf(root) }
  const output = JSON.stringify(outputOf(root, graph) ?? null)
  // The outputs of the steps are kept in any case.
  return {
    status: 'completed',
    ...(Buffer.byteLength(output) <= maxBytes && { output }),
  }
}

/** The output of the only last step that completed, or those of all by their keys. */
function outputOf(root: WorkflowReactiveRoot, graph: TemplateGraph): unknown {
  const last = graph
    .nodes()
    .filter((key) => graph.successors(key).length === 0 && root.getStatus(key) === 'completed')
  const [only] = last
  if (last.length === 1 && only !== undefined) return root.getResult(only)?.output
  return Object.fromEntries(last.map((key) => [key, root.getResult(key)?.output]))
}

/** The steps whose failure no condition has taken on itself. */
export function failedSteps(root: WorkflowReactiveRoot): readonly string[] {
  return root.nodes().filter((key) => root.getStatus(key) === 'failed' && !root.isHandled(key))
}

function errorOf(root: WorkflowReactiveRoot): NonNullable<RunEnd['error']> {
  const failed = failedSteps(root)
  // A step of a Map says more than the Map.
  const step =
    failed.find((key) => root.getAttributes(key).operationId !== undefined) ??
    failed[0] ??
    root.nodes().find((key) => root.getStatus(key) === 'aborted' && !root.isHandled(key))
  const error = step === undefined ? undefined : root.getResult(step)?.error
  return {
    code: error?.code ?? 'EXECUTION_ERROR',
    message: `The step ${step ?? ''} failed: ${error?.message ?? 'it was aborted'}`,
    details: { step, ...(error?.details !== undefined && { details: error.details }) },
  }
}
