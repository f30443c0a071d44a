import type { JsonSchema } from '@alkdev/operations'
import type { NewFinding } from '@alkdev/storage'
import { getWorkflowVersion } from '@alkdev/storage/workflows'
import { storedIdentity } from '../queue/queued-identity.ts'
import { checkTemplate } from './check-template.ts'
import { failedSteps } from './run-end.ts'
import type { RunWork } from './run-work.ts'
import { RUN_SUBJECT } from './start-steps.ts'

/** Errors of a step whose operation is gone, or takes another input. */
const MAY_HAVE_CHANGED: ReadonlySet<string> = new Set(['VALIDATION_ERROR', 'OPERATION_NOT_FOUND'])
/** What a check of the workflow finds when an operation has changed since it was created. */
const CHANGED: ReadonlySet<string> = new Set(['unknown-operation', 'input-does-not-fit'])
const MAX_PROBLEMS = 5

/**
 * The finding for a run that fails because its workflow no longer fits the operations: it was checked when the run started. Undefined when it fits, and
 * when that cannot be checked.
 */
export async function changedOperations({
  runtime,
  run,
  state: { root },
}: RunWork): Promise<NewFinding | undefined> {
  const codes = failedSteps(root).map((key) => root.getResult(key)?.error?.code)
  if (!codes.some((code) => code !== undefined && MAY_HAVE_CHANGED.has(code))) return undefined
  try {
    const version = await getWorkflowVersion(runtime.db, run.templateId)
    if (version === undefined) return undefined
    const { now } = await storedIdentity(runtime, run)
    const { template, inputSchema } = version
    const schema = inputSchema === null ? undefined : (JSON.parse(inputSchema) as JsonSchema)
    const { problems } = await checkTemplate(runtime.bus, now, JSON.parse(template), schema)
    const changed = problems.filter(({ reason }) => CHANGED.has(reason))
    const [first] = changed
    if (first === undefined) return undefined
    return {
      kind: 'workflow-operation-changed',
      severity: 'high',
      subject: { type: RUN_SUBJECT, id: run.id },
      accountId: run.accountId,
      orgId: run.orgId,
      summary: `A run of the workflow ${version.name} failed because an operation has changed: ${first.message}`,
      evidence: { problems: changed.slice(0, MAX_PROBLEMS), workflow: version.name },
    }
  } catch {
    // The run fails in any case; its error has the reason of the step.
    return undefined
  }
}
