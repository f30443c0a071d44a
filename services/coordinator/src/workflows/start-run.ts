import { callerOf } from '@alkdev/service'
import { CallError, compileSchema, isExpensive, validationError } from '@alkdev/operations'
import type { Identity, JsonSchema, OperationContext } from '@alkdev/operations'
import { createWorkflowRun } from '@alkdev/storage/workflows'
import type { NewRunEvent, WorkflowVersion } from '@alkdev/storage/workflows'
import type { CoordinatorContext } from '../context.ts'
import type { StepRuntime } from './call-step.ts'
import { askedProblems } from './check-asked.ts'
import { checkTemplate } from './check-template.ts'
import { runRightsOf } from './run-rights.ts'

export interface StartRun {
  readonly runId: string
  readonly version: WorkflowVersion
  /** Of the run. */
  readonly input: unknown
  readonly stepInputs?: Readonly<Record<string, unknown>>
  readonly parentRunId?: string
  readonly branchStep?: string
  readonly events?: readonly NewRunEvent[]
}

/**
 * Starts a run with the rights of the caller, after its input and its operations were checked. True when the run of that id was there already. Throws VALIDATION_ERROR, PAYLOAD_TOO_LARGE,
 * ACCESS_DENIED without a key, and CONFLICT when the id stands for another run.
 */
export async function startRun(
  { runtime, workflows }: CoordinatorContext,
  context: OperationContext,
  { runId, version, input, stepInputs = {}, events, ...branch }: StartRun,
): Promise<boolean> {
  const { db, config } = runtime
  const caller = callerOf(context)
  const { maxCallDepth, maxPayloadBytes } = config.limits
  const rights = runRightsOf(context, maxCallDepth)
  const texts = { input: JSON.stringify(input), stepInputs: JSON.stringify(stepInputs) }
  if (Object.values(texts).some((text) => Buffer.byteLength(text) > maxPayloadBytes))
    throw new CallError(
      'PAYLOAD_TOO_LARGE',
      `The input of the run has more than ${maxPayloadBytes} bytes.`,
    )
  checkInput(version, input)
  await requireRunnable(runtime, caller, version)
  const { caller: owner, depth, metadata } = rights
  const known = await createWorkflowRun(db, owner, {
    id: runId,
    templateId: version.id,
    templateHash: version.hash,
    projectId: version.projectId,
    ...texts,
    ...branch,
    events,
    depth,
    traceparent: context.traceparent,
    metadata,
  })
  if (!known) workflows.events.started()
  workflows.wake(runId)
  return known
}

/**
 * Throws VALIDATION_ERROR when the caller may not call each operation of the workflow now, one no longer fits, or a step asks an account that may
 * not see the run.
 */
export async function requireRunnable(
  { db, bus }: Pick<StepRuntime, 'db' | 'bus'>,
  caller: Identity,
  { template, inputSchema, projectId }: WorkflowVersion,
): Promise<void> {
  const schema = inputSchema === null ? undefined : (JSON.parse(inputSchema) as JsonSchema)
  const { document, problems } = await checkTemplate(bus, caller, JSON.parse(template), schema)
  const run = { accountId: caller.id, projectId }
  const asked = await askedProblems(db, run, document.operations)
  if (problems.length + asked.length > 0) throw invalidWorkflow([...problems, ...asked])
}

/** The error of a template with problems. */
export function invalidWorkflow(
  problems: readonly { readonly reason: string; readonly message: string }[],
): CallError {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  const code = first?.reason === 'too-large' ? 'PAYLOAD_TOO_LARGE' : 'VALIDATION_ERROR'
  return new CallError(code, `The workflow cannot run: ${first?.message ?? ''}${more}`, {
    problems,
  })
}

function checkInput({ inputSchema }: WorkflowVersion, input: unknown): void {
  if (inputSchema === null) return
  const schema = JSON.parse(inputSchema) as JsonSchema
  if (isExpensive(schema)) return
  const compiled = compileSchema(schema)
  if (!compiled.check(input)) throw validationError('The input of the run', compiled.errors(input))
}
