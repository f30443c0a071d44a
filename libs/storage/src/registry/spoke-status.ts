import { and, eq, sql } from 'drizzle-orm'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { dropResource } from '../identity/drop-resource.ts'
import { RegistrationStatus, SpokeStatus } from '../schema/spokes/families.ts'
import { operationRegistrations } from '../schema/spokes/operation-registrations.ts'
import { projects } from '../schema/projects/projects.ts'
import { spokes } from '../schema/spokes/spokes.ts'

export interface SpokeStatusChange {
  readonly spokeId: string
  readonly epoch: number
  readonly status: SpokeStatus
}

/**
 * Sets the status of an attachment; `disconnected` also makes its registrations inactive. Returns the number of the registry
 * change, or undefined when the spoke has a newer attachment (or none), whose status this caller may not set.
 */
export function setSpokeStatus(db: Db, change: SpokeStatusChange): Promise<number | undefined> {
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .update(spokes)
      .set(columnsFor[change.status]())
      .where(
        and(
          eq(spokes.id, change.spokeId),
          eq(spokes.epoch, change.epoch),
          sql`${spokes.status} <> 'disconnected'`,
        ),
      )
      .returning({ id: spokes.id })
    if (rows.length === 0) return undefined
    if (change.status === SpokeStatus.DISCONNECTED) await deactivate(tx, [change.spokeId])
    return appendRegistryChange(tx, 'spoke', [change.spokeId])
  })
}

export interface SpokesChanged {
  readonly spokeIds: readonly string[]
  /** Number of the registry change; absent when no spoke was concerned. */
  readonly change?: number
}

/** The owners of the spokes, for notifications. */
export interface SpokesLeft extends SpokesChanged {
  readonly spokes: readonly {
    readonly spokeId: string
    readonly name: string
    readonly ownerId: string
    readonly orgId?: string
    readonly epoch: number
  }[]
}

/** Disconnects the spokes that have been suspended for longer than `olderThanMs` milliseconds. */
export function expireSuspended(db: Db, olderThanMs: number): Promise<SpokesLeft> {
  return inTransaction(db, async (tx) => {
    const due = await tx
      .select({ id: spokes.id })
      .from(spokes)
      .where(
        and(
          eq(spokes.status, SpokeStatus.SUSPENDED),
          sql`${spokes.suspendedAt} <= now() - ${olderThanMs / 1000} * interval '1 second'`,
        ),
      )
      .orderBy(spokes.id)
      .for('update', { skipLocked: true })
    const ids = due.map((row) => row.id)
    if (ids.length === 0) return { spokeIds: [], spokes: [] }
    await tx.update(spokes).set(columnsFor.disconnected()).where(anyOf(ids))
    await deactivate(tx, ids)
    return left(tx, ids)
  })
}

/**
 * Suspends the connected spokes of processes whose leases have ended. The spokes then have as long to
 * return as after a lost socket.
 */
export function suspendSpokesOf(db: Db, instanceIds: readonly string[]): Promise<SpokesLeft> {
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .update(spokes)
      .set(columnsFor.suspended())
      .where(
        and(
          eq(spokes.status, SpokeStatus.CONNECTED),
          sql`${spokes.instanceId} = any(${sql.param(instanceIds)}::text[])`,
        ),
      )
      .returning({ id: spokes.id })
    const ids = rows.map((row) => row.id)
    if (ids.length === 0) return { spokeIds: [], spokes: [] }
    return left(tx, ids)
  })
}

async function left(tx: Db, ids: readonly string[]): Promise<SpokesLeft> {
  const rows = await tx
    .select({
      spokeId: spokes.id,
      name: spokes.name,
      ownerId: spokes.ownerId,
      orgId: projects.orgId,
      epoch: spokes.epoch,
    })
    .from(spokes)
    .leftJoin(projects, eq(projects.id, spokes.projectId))
    .where(anyOf(ids))
  return {
    spokeIds: ids,
    spokes: rows.map(({ orgId, ...row }) => (orgId === null ? row : { ...row, orgId })),
    change: await appendRegistryChange(tx, 'spoke', ids),
  }
}

export interface ClaimSpokes {
  /** The process that holds their sockets. */
  readonly instanceId: string
  readonly spokes: readonly { readonly spokeId: string; readonly epoch: number }[]
}

/**
 * Records that the sockets of these attachments are open, and where: for a process that has a new instance id, or was considered dead while
 * it was alive. Attachments that are no longer the newest, or were disconnected meanwhile, are not changed.
 */
export function claimSpokes(db: Db, claim: ClaimSpokes): Promise<SpokesChanged> {
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .update(spokes)
      .set({ ...columnsFor.connected(), instanceId: claim.instanceId })
      .where(
        and(
          sql`(${spokes.id}, ${spokes.epoch}) in (select * from jsonb_to_recordset(${JSON.stringify(claim.spokes)}::jsonb)
            as c ("spokeId" text, epoch bigint))`,
          sql`${spokes.status} <> 'disconnected'`,
        ),
      )
      .returning({ id: spokes.id })
    const ids = rows.map((row) => row.id)
    if (ids.length === 0) return { spokeIds: [] }
    return { spokeIds: ids, change: await appendRegistryChange(tx, 'spoke', ids) }
  })
}

/**
 * Disconnects a spoke for its owner or an operator, and increments its epoch, so that its attachment is no longer current wherever its
 * socket is. Returns the number of the registry change, or undefined when the spoke was not attached.
 */
export function disconnectSpoke(db: Db, spokeId: string): Promise<number | undefined> {
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .update(spokes)
      .set({ ...columnsFor.disconnected(), epoch: sql`${spokes.epoch} + 1` })
      .where(and(eq(spokes.id, spokeId), sql`${spokes.status} <> 'disconnected'`))
      .returning({ id: spokes.id })
    if (rows.length === 0) return undefined
    await deactivate(tx, [spokeId])
    return appendRegistryChange(tx, 'spoke', [spokeId])
  })
}

/** Ids of the processes that hold connected spokes, as far as the database knows. */
export function listSpokeInstances(db: Db): Promise<string[]> {
  return coded(async () => {
    const rows = await db
      .selectDistinct({ instanceId: spokes.instanceId })
      .from(spokes)
      .where(eq(spokes.status, SpokeStatus.CONNECTED))
    return rows.flatMap(({ instanceId }) => (instanceId === null ? [] : [instanceId]))
  })
}

/** Records that the spokes are alive. Not a registry change: routing does not use it. */
export function recordHeartbeats(db: Db, spokeIds: readonly string[]): Promise<void> {
  return coded(async () => {
    if (spokeIds.length === 0) return
    await db
      .update(spokes)
      .set({ lastHeartbeat: sql`now()` })
      .where(anyOf(spokeIds))
  })
}

/**
 * Deletes a spoke by id: its name becomes free, its registrations are deleted, its calls stay in the call log. Keys and grants lose their
 * rights on a spoke of that name, so that they do not apply to a later spoke of that name. Returns the number of the registry change;
 * undefined when there is no such spoke, or when it is not disconnected.
 */
export function deleteSpoke(db: Db, spokeId: string): Promise<number | undefined> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx
      .delete(spokes)
      .where(and(eq(spokes.id, spokeId), eq(spokes.status, SpokeStatus.DISCONNECTED)))
      .returning({ name: spokes.name })
    if (row === undefined) return undefined
    await dropResource(tx, `spoke:${row.name}`)
    return appendRegistryChange(tx, 'spoke-removed', [spokeId])
  })
}

const columnsFor = {
  connected: () => ({ status: SpokeStatus.CONNECTED, suspendedAt: null }),
  suspended: () => ({
    status: SpokeStatus.SUSPENDED,
    suspendedAt: sql`now()`,
    unresponsiveSince: null,
  }),
  disconnected: () => ({
    status: SpokeStatus.DISCONNECTED,
    instanceId: null,
    sessionTokenHash: null,
    suspendedAt: null,
    unresponsiveSince: null,
    disconnectedAt: sql`now()`,
  }),
}

function anyOf(ids: readonly string[]) {
  return sql`${spokes.id} = any(${sql.param(ids)}::text[])`
}

async function deactivate(tx: Db, spokeIds: readonly string[]): Promise<void> {
  await tx
    .update(operationRegistrations)
    .set({ status: RegistrationStatus.INACTIVE, reason: 'The spoke is disconnected.' })
    .where(
      and(
        eq(operationRegistrations.providerType, 'spoke'),
        sql`${operationRegistrations.providerId} = any(${sql.param(spokeIds)}::text[])`,
      ),
    )
}
