import { must } from '@alkdev/std'
import { and, eq, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { WorkspaceStatus, workspaces } from '../schema/projects/workspaces.ts'
import type { WorkspaceInsert, WorkspaceRow } from '../schema/projects/workspaces.ts'
import { spokes } from '../schema/spokes/spokes.ts'

/** A workspace with the name of the spoke that has its directory. */
export type WorkspaceView = WorkspaceRow & { readonly spoke: string | null }

const view = { workspace: workspaces, spoke: spokes.name }

/** Stores a workspace; returns its id. Throws CONFLICT when the project has one of that name, or project or spoke do not exist. */
export function createWorkspace(db: Db, workspace: WorkspaceInsert): Promise<string> {
  return coded(async () => {
    const [row] = await db.insert(workspaces).values(workspace).returning({ id: workspaces.id })
    return must(row).id
  })
}

export function getWorkspace(db: Db, id: string): Promise<WorkspaceView | undefined> {
  return coded(async () => {
    const [row] = await db
      .select(view)
      .from(workspaces)
      .leftJoin(spokes, eq(spokes.id, workspaces.spokeId))
      .where(eq(workspaces.id, id))
    return row === undefined ? undefined : { ...row.workspace, spoke: row.spoke }
  })
}

export interface ListWorkspaces extends PageRequest {
  readonly projectId: string
  readonly status?: WorkspaceStatus
}

/** The workspaces of a project, by name. */
export function listWorkspaces(db: Db, request: ListWorkspaces): Promise<Page<WorkspaceView>> {
  return coded(async () => {
    const { projectId, status } = request
    const keyset = new Keyset([workspaces.name], 'asc', ['workspaces', projectId, status])
    const rows = await db
      .select(view)
      .from(workspaces)
      .leftJoin(spokes, eq(spokes.id, workspaces.spokeId))
      .where(
        and(
          eq(workspaces.projectId, projectId),
          status === undefined ? undefined : eq(workspaces.status, status),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    const items = rows.map(({ workspace, spoke }) => ({ ...workspace, spoke }))
    return keyset.page(items, request, (row) => [row.name])
  })
}

/** The columns of a workspace that can be changed. Absent members are not changed. */
export type WorkspaceChange = Partial<
  Pick<
    WorkspaceInsert,
    | 'name'
    | 'status'
    | 'branch'
    | 'directory'
    | 'worktree'
    | 'spokeId'
    | 'head'
    | 'expectedHead'
    | 'commonDirId'
  >
>

/**
 * Writes the given columns, and with the status the time of archiving; false when there is no such workspace. Throws CONFLICT when the name
 * is taken.
 */
export function updateWorkspace(db: Db, id: string, change: WorkspaceChange): Promise<boolean> {
  return coded(async () => {
    const archivedAt =
      change.status === WorkspaceStatus.ARCHIVED
        ? sql`coalesce(${workspaces.archivedAt}, now())`
        : null
    const rows = await db
      .update(workspaces)
      .set({ ...change, ...(change.status !== undefined && { archivedAt }) })
      .where(eq(workspaces.id, id))
      .returning({ id: workspaces.id })
    return rows.length > 0
  })
}

/** Deletes a workspace; its directory stays. True when there was one. */
export function deleteWorkspace(db: Db, id: string): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .delete(workspaces)
      .where(eq(workspaces.id, id))
      .returning({ id: workspaces.id })
    return rows.length > 0
  })
}
