import { withoutNulls } from './without-nulls.ts'
import type {
  Workflow,
  WorkflowRunSummary as RunSummary,
  WorkflowStep,
  WorkflowsWatchOutput,
  WorkflowSummary as Summary,
} from '@alkdev/contracts'
import type { WorkflowReactiveRoot } from '@alkdev/flowgraph'
import { compact } from '@alkdev/std'
import type {
  StoredRunEvent,
  WorkflowRun,
  WorkflowRunSummary,
  WorkflowSummary,
  WorkflowVersion,
} from '@alkdev/storage/workflows'
import type { CallFacts } from './step-facts.ts'

/** A version of a workflow in a list. */
export function workflowSummary(row: WorkflowSummary): Summary {
  return {
    workflowId: row.id,
    name: row.name,
    version: row.version,
    projectId: row.projectId,
    hash: row.hash,
    steps: row.steps,
    ...(row.description !== null && { description: row.description }),
    failurePolicy: row.failurePolicy,
    ownerId: row.ownerId,
    createdAt: row.createdAt.toISOString(),
  }
}

export function workflowView(row: WorkflowVersion): Workflow {
  return {
    ...workflowSummary(row),
    template: JSON.parse(row.template) as unknown,
    ...(row.inputSchema !== null && { inputSchema: JSON.parse(row.inputSchema) as unknown }),
  }
}

/** A run in a list. */
export function runSummary(run: WorkflowRunSummary | WorkflowRun): RunSummary {
  return {
    runId: run.id,
    workflowId: run.templateId,
    name: run.name,
    version: run.version,
    projectId: run.projectId,
    status: run.status,
    position: run.eventSeq,
    createdAt: run.createdAt.toISOString(),
    ...withoutNulls({
      accountId: run.accountId,
      parentRunId: run.parentRunId,
      branchStep: run.branchStep,
      startedAt: run.startedAt?.toISOString(),
      endedAt: run.endedAt?.toISOString(),
      error: run.error,
    }),
  }
}

/** A step of a run. */
export function stepView(root: WorkflowReactiveRoot, facts: CallFacts, step: string): WorkflowStep {
  const { operationId } = root.getAttributes(step)
  const { attempts, callId } = facts.of(step)
  const error = root.getResult(step)?.error
  return {
    step,
    status: root.getStatus(step),
    attempts,
    ...withoutNulls({ operationId, callId, error }),
  }
}

/** An event of a run for those who watch it: without inputs and results. */
export function eventView({
  seq,
  type,
  nodeKey,
  data,
  createdAt,
}: StoredRunEvent): WorkflowsWatchOutput {
  const { requestId, operationId, attempt, code, message, details, nodeKeys } = JSON.parse(
    data,
  ) as Readonly<Record<string, unknown>>
  return {
    position: seq,
    type,
    at: createdAt.toISOString(),
    ...withoutNulls({
      step: nodeKey,
      steps: nodeKeys as string[] | undefined,
      operationId: operationId as string | undefined,
      callId: requestId as string | undefined,
      attempt: attempt as number | undefined,
      error:
        type === 'call.error'
          ? {
              code: String(code),
              message: String(message),
              ...compact({ details }),
            }
          : undefined,
    }),
  }
}
