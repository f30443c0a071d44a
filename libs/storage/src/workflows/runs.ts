import type { CallFailure } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import type { QueueingCaller } from '../queue/new-queued-call.ts'
import { ensureGrant } from '../queue/ensure-grant.ts'
import type { Metadata } from '../schema/common.ts'
import { projects } from '../schema/projects/projects.ts'
import { workflowRuns } from '../schema/workflows/workflow-runs.ts'
import type { WorkflowRunRow } from '../schema/workflows/workflow-runs.ts'
import { workflowTemplates } from '../schema/workflows/workflow-templates.ts'
import type { WorkflowRunStatus } from '../schema/workflows/families.ts'
import { insertRunEvents } from './run-events.ts'
import type { NewRunEvent } from './run-events.ts'

/** With what rights the calls of a run are made. */
export interface RunRights {
  readonly caller: QueueingCaller
  /** Calls above its steps, less one. */
  readonly depth: number
  readonly metadata: Metadata
}

/** A run that is to be started. Texts are JSON. */
export interface NewWorkflowRun {
  readonly id: string
  readonly templateId: string
  readonly templateHash: string
  readonly projectId: string
  readonly input: string
  readonly stepInputs?: string | undefined
  readonly parentRunId?: string | undefined
  readonly branchStep?: string | undefined
  readonly depth: number
  readonly traceparent?: string | undefined
  readonly metadata?: Metadata | undefined
  /** What it takes over from the run that it branches from. */
  readonly events?: readonly NewRunEvent[] | undefined
}

/**
 * Stores a run, due at once, with the rights of the caller. True when it was there already: its start was sent again. Throws CONFLICT when the id
 * stands for another run.
 */
export function createWorkflowRun(
  db: Db,
  caller: QueueingCaller,
  run: NewWorkflowRun,
): Promise<boolean> {
  const { events = [], ...columns } = run
  return inTransaction(db, async (tx) => {
    const grantId = await ensureGrant(tx, caller)
    const added = await tx
      .insert(workflowRuns)
      .values({
        ...columns,
        accountId: caller.accountId,
        grantId,
        eventSeq: events.length,
        logBytes: events.reduce((sum, { data }) => sum + data.length, 0),
      })
      .onConflictDoNothing({ target: workflowRuns.id })
      .returning({ id: workflowRuns.id })
    if (added.length === 0) {
      await requireSame(tx, caller.accountId, run)
      return true
    }
    await insertRunEvents(tx, run.id, 0, events)
    return false
  })
}

async function requireSame(tx: Db, accountId: string, run: NewWorkflowRun): Promise<void> {
  const [row] = await tx
    .select({ id: workflowRuns.id })
    .from(workflowRuns)
    .where(
      and(
        eq(workflowRuns.id, run.id),
        eq(workflowRuns.accountId, accountId),
        eq(workflowRuns.templateId, run.templateId),
        eq(workflowRuns.input, run.input),
        eq(workflowRuns.stepInputs, run.stepInputs ?? '{}'),
        sql`${workflowRuns.parentRunId} is not distinct from ${run.parentRunId ?? null}`,
        sql`${workflowRuns.branchStep} is not distinct from ${run.branchStep ?? null}`,
      ),
    )
  if (row === undefined)
    throw new CodedError('CONFLICT', 'This run id stands for another run.', {
      details: { runId: run.id },
    })
}

/** A run with the name and the version of its workflow. */
export interface WorkflowRun extends Omit<WorkflowRunRow, 'output' | 'error'> {
  readonly name: string
  readonly version: number
  /** The organization of its project now. */
  readonly orgId: string | null
  /** JSON. */
  readonly output: string | null
  readonly error: CallFailure | undefined
}

const ofTemplate = { name: workflowTemplates.name, version: workflowTemplates.version }

export function getWorkflowRun(db: Db, id: string): Promise<WorkflowRun | undefined> {
  return coded(async () => {
    const [row] = await db
      .select({ run: getTableColumns(workflowRuns), ...ofTemplate, orgId: projects.orgId })
      .from(workflowRuns)
      .innerJoin(workflowTemplates, eq(workflowTemplates.id, workflowRuns.templateId))
      .innerJoin(projects, eq(projects.id, workflowRuns.projectId))
      .where(eq(workflowRuns.id, id))
    if (row === undefined) return undefined
    const { run, ...more } = row
    return { ...run, ...more, error: failureOf(run.error) }
  })
}

export interface ListWorkflowRuns extends PageRequest {
  /** Runs of one account, or of one project. */
  readonly accountId?: string | undefined
  readonly projectId?: string | undefined
  readonly name?: string | undefined
  readonly status?: WorkflowRunStatus | undefined
  readonly parentRunId?: string | undefined
}

export type WorkflowRunSummary = Pick<
  WorkflowRunRow,
  | 'id'
  | 'templateId'
  | 'projectId'
  | 'accountId'
  | 'parentRunId'
  | 'branchStep'
  | 'status'
  | 'eventSeq'
  | 'createdAt'
  | 'startedAt'
  | 'endedAt'
> & { readonly name: string; readonly version: number; readonly error: CallFailure | undefined }

/** Runs, the newest first. */
export function listWorkflowRuns(
  db: Db,
  request: ListWorkflowRuns,
): Promise<Page<WorkflowRunSummary>> {
  const { limit: _limit, cursor: _cursor, ...filters } = request
  const { accountId, projectId, name, status, parentRunId } = filters
  return coded(async () => {
    const keyset = new Keyset([workflowRuns.id], 'desc', ['workflow runs', filters])
    const rows = await db
      .select({
        id: workflowRuns.id,
        templateId: workflowRuns.templateId,
        projectId: workflowRuns.projectId,
        accountId: workflowRuns.accountId,
        parentRunId: workflowRuns.parentRunId,
        branchStep: workflowRuns.branchStep,
        status: workflowRuns.status,
        eventSeq: workflowRuns.eventSeq,
        createdAt: workflowRuns.createdAt,
        startedAt: workflowRuns.startedAt,
        endedAt: workflowRuns.endedAt,
        error: workflowRuns.error,
        ...ofTemplate,
      })
      .from(workflowRuns)
      .innerJoin(workflowTemplates, eq(workflowTemplates.id, workflowRuns.templateId))
      .where(
        and(
          accountId === undefined ? undefined : eq(workflowRuns.accountId, accountId),
          projectId === undefined ? undefined : eq(workflowRuns.projectId, projectId),
          name === undefined ? undefined : eq(workflowTemplates.name, name),
          status === undefined ? undefined : eq(workflowRuns.status, status),
          parentRunId === undefined ? undefined : eq(workflowRuns.parentRunId, parentRunId),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    const items = rows.map((row) => ({ ...row, error: failureOf(row.error) }))
    return keyset.page(items, request, (row) => [row.id])
  })
}

function failureOf(text: string | null): CallFailure | undefined {
  return text === null ? undefined : (JSON.parse(text) as CallFailure)
}

/** Deletes runs that ended more than `endedMs` milliseconds ago, with their events: at most `limit`; gives how many. */
export function pruneWorkflowRuns(
  db: Db,
  { endedMs, limit }: { readonly endedMs: number; readonly limit: number },
): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      with deleted as (
        delete from workflow_runs where id in (
          select id from workflow_runs where ended_at < now() - ${endedMs / 1000}::double precision * interval '1 second'
          order by ended_at limit ${limit}::int)
        returning id),
      resolved as (
        update detections set resolved_at = now()
        where subject_type = 'workflow-run' and resolved_at is null and subject_id in (select id from deleted))
      select id from deleted`)
    return rows.length
  })
}
