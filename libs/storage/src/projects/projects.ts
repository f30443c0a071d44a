import { must } from '@alkdev/std'
import { and, eq, isNull, or, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { projects } from '../schema/projects/projects.ts'
import type { ProjectInsert, ProjectRow } from '../schema/projects/projects.ts'

/** The project with that slug, of the organization if given, else of the owner; created when there is none. */
export function ensureProject(
  db: Db,
  project: Omit<ProjectInsert, 'name'> & { readonly name?: string },
): Promise<ProjectRow> {
  return coded(async () => {
    const { ownerId, slug } = project
    const orgId = project.orgId ?? null
    const where = and(
      eq(projects.slug, slug),
      orgId === null
        ? and(isNull(projects.orgId), eq(projects.ownerId, ownerId))
        : eq(projects.orgId, orgId),
    )
    const [found] = await db.select().from(projects).where(where)
    if (found !== undefined) return found
    await db
      .insert(projects)
      .values({ ...project, name: project.name ?? slug })
      .onConflictDoNothing()
    return must((await db.select().from(projects).where(where))[0], 'the project just inserted')
  })
}

export function getProject(db: Db, id: string): Promise<ProjectRow | undefined> {
  return coded(async () => (await db.select().from(projects).where(eq(projects.id, id)))[0])
}

/** The viewer's projects: those of the account and of its organizations. */
export interface ProjectViewer {
  readonly accountId: string
  readonly orgIds: readonly string[]
}

/** The project with that slug that the viewer may see; the viewer's own before those of organizations, older ones first. */
export function findProject(
  db: Db,
  slug: string,
  viewer: ProjectViewer,
): Promise<ProjectRow | undefined> {
  return coded(async () => {
    const [row] = await db
      .select()
      .from(projects)
      .where(and(eq(projects.slug, slug), visibleProject(viewer)))
      .orderBy(sql`${projects.orgId} is not null, ${projects.id}`)
      .limit(1)
    return row
  })
}

/** Projects, oldest first. */
export function listProjects(
  db: Db,
  request: PageRequest & { readonly viewer?: ProjectViewer; readonly orgId?: string } = {},
): Promise<Page<ProjectRow>> {
  return coded(async () => {
    const { viewer, orgId } = request
    const keyset = new Keyset([projects.id], 'asc', ['projects', viewer?.accountId, orgId])
    const rows = await db
      .select()
      .from(projects)
      .where(
        and(
          viewer === undefined ? undefined : visibleProject(viewer),
          orgId === undefined ? undefined : eq(projects.orgId, orgId),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.id])
  })
}

/** The project of that id if the viewer may see it. */
export function getVisibleProject(
  db: Db,
  id: string,
  viewer: ProjectViewer,
): Promise<ProjectRow | undefined> {
  return coded(async () => {
    const condition = and(eq(projects.id, id), visibleProject(viewer))
    return (await db.select().from(projects).where(condition))[0]
  })
}

/** Projects that the viewer may see. */
export function visibleProject({ accountId, orgIds }: ProjectViewer): SQL | undefined {
  return or(
    and(isNull(projects.orgId), eq(projects.ownerId, accountId)),
    sql`${projects.orgId} = any(${sql.param(orgIds)}::text[])`,
  )
}
