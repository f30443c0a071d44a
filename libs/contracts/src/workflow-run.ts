/**
 * Member of the metadata of a call, a queued call, a message and a turn: the id of the run of a workflow that it belongs to. The coordinator
 * sets it. Peers of the broker cannot: the broker puts that of the parent call in its place.
 */
export const WORKFLOW_RUN = 'workflowRunId'

/** The id of the run that metadata name; undefined when they name none. */
export function workflowRunOf(
  metadata: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const runId = metadata?.[WORKFLOW_RUN]
  return typeof runId === 'string' ? runId : undefined
}
