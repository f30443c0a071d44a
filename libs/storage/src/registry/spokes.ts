import { and, eq, or, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { projects } from '../schema/projects/projects.ts'
import type { SpokeStatus } from '../schema/spokes/families.ts'
import { spokes } from '../schema/spokes/spokes.ts'
import type { SpokeRow } from '../schema/spokes/spokes.ts'

/** A spoke without the hash of its token, with the organization of its project. */
export type SpokeView = Omit<SpokeRow, 'sessionTokenHash'> & { readonly orgId: string | null }

const view = {
  id: spokes.id,
  metadata: spokes.metadata,
  createdAt: spokes.createdAt,
  updatedAt: spokes.updatedAt,
  name: spokes.name,
  spokeType: spokes.spokeType,
  status: spokes.status,
  ownerId: spokes.ownerId,
  projectId: spokes.projectId,
  orgId: projects.orgId,
  epoch: spokes.epoch,
  instanceId: spokes.instanceId,
  version: spokes.version,
  capacity: spokes.capacity,
  hostInfo: spokes.hostInfo,
  lastHeartbeat: spokes.lastHeartbeat,
  connectedAt: spokes.connectedAt,
  suspendedAt: spokes.suspendedAt,
  disconnectedAt: spokes.disconnectedAt,
}

export function getSpokeByName(db: Db, name: string): Promise<SpokeView | undefined> {
  return coded(async () => {
    const [row] = await db
      .select(view)
      .from(spokes)
      .leftJoin(projects, eq(projects.id, spokes.projectId))
      .where(eq(spokes.name, name))
    return row
  })
}

export interface ListSpokes extends PageRequest {
  /** Spokes that this account owns, and those of projects of these organizations. Absent: all. */
  readonly servedTo?: { readonly accountId: string; readonly orgIds: readonly string[] }
  readonly status?: SpokeStatus
}

/** Spokes by name. */
export function listSpokes(db: Db, request: ListSpokes = {}): Promise<Page<SpokeView>> {
  return coded(async () => {
    const { servedTo, status } = request
    const keyset = new Keyset([spokes.name])
    const rows = await db
      .select(view)
      .from(spokes)
      .leftJoin(projects, eq(projects.id, spokes.projectId))
      .where(
        and(
          servedTo === undefined
            ? undefined
            : or(
                eq(spokes.ownerId, servedTo.accountId),
                sql`${projects.orgId} = any(${sql.param(servedTo.orgIds)}::text[])`,
              ),
          status === undefined ? undefined : eq(spokes.status, status),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.name])
  })
}
