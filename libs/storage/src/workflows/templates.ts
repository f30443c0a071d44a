import { must } from '@alkdev/std'
import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { projects } from '../schema/projects/projects.ts'
import { workflowTemplates } from '../schema/workflows/workflow-templates.ts'
import type {
  WorkflowTemplateInsert,
  WorkflowTemplateRow,
} from '../schema/workflows/workflow-templates.ts'

export type NewWorkflowVersion = Omit<
  WorkflowTemplateInsert,
  'version' | 'id' | 'createdAt' | 'updatedAt' | 'metadata'
>

/** A version of a workflow with the slug of its project. */
export type WorkflowVersion = WorkflowTemplateRow & { readonly project: string }

const view = { version: getTableColumns(workflowTemplates), project: projects.slug }

/**
 * Stores the next version of the workflow of that name in the project. When the newest version has the same hash and description it stands,
 * and nothing is added. Versions have no gaps, however many are stored at the same time.
 */
export function createWorkflowVersion(
  db: Db,
  asked: NewWorkflowVersion,
): Promise<{ readonly version: WorkflowTemplateRow; readonly known: boolean }> {
  return inTransaction(db, async (tx) => {
    const lock = JSON.stringify(['workflow version', asked.projectId, asked.name])
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`)
    const newest = await newestOf(tx, asked.projectId, asked.name)
    if (newest?.hash === asked.hash && newest.description === (asked.description ?? null))
      return { version: newest, known: true }
    const [version] = await tx
      .insert(workflowTemplates)
      .values({ ...asked, version: (newest?.version ?? 0) + 1 })
      .returning()
    return { version: must(version), known: false }
  })
}

async function newestOf(
  db: Db,
  projectId: string,
  name: string,
): Promise<WorkflowTemplateRow | undefined> {
  const [row] = await db
    .select()
    .from(workflowTemplates)
    .where(and(eq(workflowTemplates.projectId, projectId), eq(workflowTemplates.name, name)))
    .orderBy(desc(workflowTemplates.version))
    .limit(1)
  return row
}

/** A version by its id. */
export function getWorkflowVersion(db: Db, id: string): Promise<WorkflowVersion | undefined> {
  return coded(async () => {
    const [row] = await db
      .select(view)
      .from(workflowTemplates)
      .innerJoin(projects, eq(projects.id, workflowTemplates.projectId))
      .where(eq(workflowTemplates.id, id))
    return row && { ...row.version, project: row.project }
  })
}

/** A version by its place; the newest when no number is given. */
export function findWorkflowVersion(
  db: Db,
  projectId: string,
  name: string,
  version?: number,
): Promise<WorkflowVersion | undefined> {
  return coded(async () => {
    const [row] = await db
      .select(view)
      .from(workflowTemplates)
      .innerJoin(projects, eq(projects.id, workflowTemplates.projectId))
      .where(
        and(
          eq(workflowTemplates.projectId, projectId),
          eq(workflowTemplates.name, name),
          version === undefined ? undefined : eq(workflowTemplates.version, version),
        ),
      )
      .orderBy(desc(workflowTemplates.version))
      .limit(1)
    return row && { ...row.version, project: row.project }
  })
}

export interface ListWorkflows extends PageRequest {
  readonly projectId: string
  /** All versions of one workflow in place of the newest of each. */
  readonly name?: string | undefined
}

export type WorkflowSummary = Omit<WorkflowTemplateRow, 'template' | 'inputSchema' | 'metadata'>

/** The newest version of each workflow of a project, by name; or all versions of one, the newest first. */
export function listWorkflows(db: Db, request: ListWorkflows): Promise<Page<WorkflowSummary>> {
  const { projectId, name } = request
  return coded(async () => {
    const keyset =
      name === undefined
        ? new Keyset([workflowTemplates.name], 'asc', ['workflows', projectId])
        : new Keyset([workflowTemplates.version], 'desc', ['workflow versions', projectId, name])
    const {
      template: _template,
      inputSchema: _schema,
      metadata: _metadata,
      ...columns
    } = getTableColumns(workflowTemplates)
    const rows = await db
      .select(columns)
      .from(workflowTemplates)
      .where(
        and(
          eq(workflowTemplates.projectId, projectId),
          name === undefined
            ? sql`not exists (
                select from workflow_templates newer where newer.project_id = ${workflowTemplates.projectId}
                  and newer.name = ${workflowTemplates.name} and newer.version > ${workflowTemplates.version})`
            : eq(workflowTemplates.name, name),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [name === undefined ? row.name : row.version])
  })
}
