import type { NewFinding } from '@alkdev/storage'
import { getWorkflowVersion } from '@alkdev/storage/workflows'
import type { RunEnd } from '@alkdev/storage/workflows'
import { changedOperations } from './changed-operations.ts'
import { failedSteps } from './run-end.ts'
import type { RunWork } from './run-work.ts'
import { RUN_SUBJECT } from './start-steps.ts'
import { stepTimeout } from './step-timeout.ts'

const MAX_STEPS = 5

/**
 * The finding for a run that failed: that an operation has changed, else that a step which is a queued call failed, since such a call is no dead
 * letter. Undefined for any other end, which a caller waits for.
 */
export async function findingOfRun(work: RunWork, end: RunEnd): Promise<NewFinding | undefined> {
  if (end.status !== 'failed') return undefined
  const changed = await changedOperations(work)
  if (changed !== undefined) return changed
  const { runtime, run, state } = work
  const steps = failedSteps(state.root).filter((key) => stepTimeout(work, key).isQueued)
  if (steps.length === 0) return undefined
  // The run fails in any case.
  const version = await getWorkflowVersion(runtime.db, run.templateId).catch(() => undefined)
  const workflow = version?.name
  return {
    kind: 'workflow-run-failed',
    severity: 'high',
    subject: { type: RUN_SUBJECT, id: run.id },
    accountId: run.accountId,
    orgId: run.orgId,
    summary: `A run of the workflow ${workflow ?? run.templateId} failed. ${end.error?.message ?? ''}`,
    evidence: { steps: steps.slice(0, MAX_STEPS), code: end.error?.code, workflow },
  }
}
