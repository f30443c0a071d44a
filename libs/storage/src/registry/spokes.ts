import { and, count, eq, inArray, or, sql } from 'drizzle-orm'
import { hasText } from '../database/has-text.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { projects } from '../schema/projects/projects.ts'
import type { SpokeStatus } from '../schema/spokes/families.ts'
import { operationRegistrations } from '../schema/spokes/operation-registrations.ts'
import { operations } from '../schema/spokes/operations.ts'
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
  unresponsiveSince: spokes.unresponsiveSince,
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
  /** False omits the disconnected ones. */
  readonly departed?: boolean
  /** A text of the name. */
  readonly q?: string
}

/** The given names that are spokes of the account. */
export function ownedSpokeNames(
  db: Db,
  ownerId: string,
  names: readonly string[],
): Promise<string[]> {
  return coded(async () => {
    if (names.length === 0) return []
    const rows = await db
      .select({ name: spokes.name })
      .from(spokes)
      .where(and(eq(spokes.ownerId, ownerId), inArray(spokes.name, [...names])))
    return rows.map(({ name }) => name)
  })
}

/** Spokes by name. */
export function listSpokes(db: Db, request: ListSpokes = {}): Promise<Page<SpokeView>> {
  return coded(async () => {
    const { servedTo, status, departed = true, q } = request
    const keyset = new Keyset([spokes.name], 'asc', [
      'spokes',
      servedTo?.accountId,
      status,
      departed,
      q,
    ])
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
          departed ? undefined : sql`${spokes.status} <> 'disconnected'`,
          q === undefined ? undefined : hasText(spokes.name, q),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.name])
  })
}

export interface SpokeState {
  readonly epoch: number
  readonly status: SpokeStatus
  /** The process that holds the socket of the newest attachment; null when there is none. */
  readonly instanceId: string | null
}

/** The newest attachment of each existing spoke, by its id: an older one has been replaced. */
export function listSpokeStates(
  db: Db,
  spokeIds: readonly string[],
): Promise<Map<string, SpokeState>> {
  return coded(async () => {
    const rows = await db
      .select({
        id: spokes.id,
        epoch: spokes.epoch,
        status: spokes.status,
        instanceId: spokes.instanceId,
      })
      .from(spokes)
      .where(sql`${spokes.id} = any(${sql.param(spokeIds)}::text[])`)
    return new Map(rows.map(({ id, ...state }) => [id, state]))
  })
}

/** The number of operations that each spoke offers now (without inactive ones), by spoke id. */
export function countRegistrations(
  db: Db,
  spokeIds: readonly string[],
): Promise<Map<string, number>> {
  return coded(async () => {
    const rows = await db
      .select({ id: operationRegistrations.providerId, count: count() })
      .from(operationRegistrations)
      .where(
        and(
          eq(operationRegistrations.providerType, 'spoke'),
          sql`${operationRegistrations.providerId} = any(${sql.param(spokeIds)}::text[])`,
          sql`${operationRegistrations.status} <> 'inactive'`,
        ),
      )
      .groupBy(operationRegistrations.providerId)
    return new Map(rows.map((row) => [row.id, row.count]))
  })
}

export interface SpokeRegistration {
  /** The spoke's own `namespace.name`. */
  readonly name: string
  readonly operationId: string
  readonly status: string
  readonly reason?: string
}

/** The offered operations of a spoke, by its own names; at most 10,000. */
export function listRegistrations(db: Db, spokeId: string): Promise<SpokeRegistration[]> {
  return coded(async () => {
    const rows = await db
      .select({
        ownNamespace: operationRegistrations.preRemapNamespace,
        ownName: operationRegistrations.preRemapName,
        namespace: operations.namespace,
        name: operations.name,
        status: operationRegistrations.status,
        reason: operationRegistrations.reason,
      })
      .from(operationRegistrations)
      .innerJoin(operations, eq(operations.id, operationRegistrations.operationId))
      .where(
        and(
          eq(operationRegistrations.providerType, 'spoke'),
          eq(operationRegistrations.providerId, spokeId),
        ),
      )
      .orderBy(operations.namespace, operations.name)
      .limit(10_000)
    return rows.map((row) => ({
      name: `${row.ownNamespace}.${row.ownName}`,
      operationId: `${row.namespace}.${row.name}`,
      status: row.status,
      ...(row.reason !== null && { reason: row.reason }),
    }))
  })
}
