import { compact, must } from '@alkdev/std'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { clientConnections } from '../schema/services/client-connections.ts'
import type { ClientConnectionRow } from '../schema/services/client-connections.ts'
import { clients } from '../schema/services/clients.ts'
import { ClientConnectionStatus } from '../schema/services/families.ts'

/** The types of clients to which a process keeps a connection. */
export const CONNECTED_CLIENT_TYPES = ['mcp-server', 'openapi'] as const

/** What a process needs to decide which connections it holds: no config and no secret. */
export interface ConnectableClient {
  readonly clientId: string
  readonly name: string
  readonly enabled: boolean
  readonly managed: boolean
  /** Changes with each change of the client's row. */
  readonly version: string
  /** The process that holds it; absent when none does, or when its lease has ended. */
  readonly instanceId?: string
  readonly epoch: number
  /** Milliseconds since the epoch; absent when there was no request. */
  readonly refreshRequestedAt?: number
}

/** Every client of those types, by name, at most 1,000, with the holder of its connection. */
export function listConnectableClients(db: Db): Promise<ConnectableClient[]> {
  return coded(async () => {
    const rows = await db
      .select({
        clientId: clients.id,
        name: clients.name,
        enabled: clients.enabled,
        managed: clients.managed,
        version: sql<string>`${clients.updatedAt}::text`,
        instanceId: sql<
          string | null
        >`case when ${clientConnections.leaseUntil} > now() then ${clientConnections.instanceId} end`,
        epoch: clientConnections.epoch,
        refreshRequestedAt: clientConnections.refreshRequestedAt,
      })
      .from(clients)
      .leftJoin(clientConnections, eq(clientConnections.clientId, clients.id))
      .where(inArray(clients.type, [...CONNECTED_CLIENT_TYPES]))
      .orderBy(asc(clients.name))
      .limit(1000)
    return rows.map(({ instanceId, epoch, refreshRequestedAt, ...row }) => ({
      ...row,
      epoch: epoch ?? 0,
      ...(instanceId !== null && { instanceId }),
      ...(refreshRequestedAt !== null && { refreshRequestedAt: refreshRequestedAt.getTime() }),
    }))
  })
}

export interface ClaimClient {
  readonly clientId: string
  readonly instanceId: string
  readonly leaseMs: number
  /** Processes that are known to be gone: their leases do not count. */
  readonly lostInstanceIds?: readonly string[]
}

/**
 * Takes the connection of a client over, unless another process holds a valid lease: then undefined. Returns the new epoch and the number
 * of the registry change.
 */
export function claimClient(
  db: Db,
  { clientId, instanceId, leaseMs, lostInstanceIds = [] }: ClaimClient,
): Promise<{ readonly epoch: number; readonly change: number } | undefined> {
  return inTransaction(db, async (tx) => {
    const held = {
      instanceId,
      leaseUntil: leaseEnd(leaseMs),
      status: ClientConnectionStatus.CONNECTING,
    }
    const [row] = await tx
      .insert(clientConnections)
      .values({ clientId, epoch: 1, ...held })
      .onConflictDoUpdate({
        target: clientConnections.clientId,
        set: { ...held, epoch: sql`${clientConnections.epoch} + 1`, updatedAt: sql`now()` },
        setWhere: sql`${clientConnections.leaseUntil} is null or ${clientConnections.leaseUntil} <= now()
          or ${clientConnections.instanceId} = any(${sql.param(lostInstanceIds)}::text[])`,
      })
      .returning({ epoch: clientConnections.epoch })
    if (row === undefined) return undefined
    return { epoch: row.epoch, change: await appendRegistryChange(tx, 'client', [clientId]) }
  })
}

export interface HeldClient {
  readonly clientId: string
  readonly epoch: number
}

/**
 * Extends the leases of the connections that this process still holds, under its current instance id; returns their ids. A connection that
 * another process has taken over is left out. `change`: the number of the registry change, when the instance id was another one.
 */
export function renewClients(
  db: Db,
  lease: {
    readonly instanceId: string
    readonly leaseMs: number
    readonly clients: readonly HeldClient[]
  },
): Promise<{ readonly clientIds: readonly string[]; readonly change?: number }> {
  const { instanceId, leaseMs } = lease
  if (lease.clients.length === 0) return Promise.resolve({ clientIds: [] })
  return inTransaction(db, async (tx) => {
    const mine = sql`(${clientConnections.clientId}, ${clientConnections.epoch}) in (
      select * from jsonb_to_recordset(${JSON.stringify(lease.clients)}::jsonb) as h ("clientId" text, epoch bigint))`
    const before = await tx
      .select({ clientId: clientConnections.clientId, instanceId: clientConnections.instanceId })
      .from(clientConnections)
      .where(and(mine, sql`${clientConnections.instanceId} is not null`))
      .orderBy(asc(clientConnections.clientId))
      .for('update')
    const clientIds = before.map((row) => row.clientId)
    if (clientIds.length === 0) return { clientIds }
    await tx
      .update(clientConnections)
      .set({ instanceId, leaseUntil: leaseEnd(leaseMs) })
      .where(inArray(clientConnections.clientId, clientIds))
    const moved = before.filter((row) => row.instanceId !== instanceId)
    if (moved.length === 0) return { clientIds }
    const ids = moved.map((row) => row.clientId)
    return { clientIds, change: await appendRegistryChange(tx, 'client', ids) }
  })
}

/** Gives a connection up, so that another process takes it at once. Undefined when another process has it already. */
export function releaseClient(db: Db, held: HeldClient): Promise<number | undefined> {
  return updateHeld(db, held, {
    instanceId: null,
    leaseUntil: null,
    status: ClientConnectionStatus.CONNECTING,
  })
}

export interface ConnectionState {
  readonly status: ClientConnectionStatus
  /** Null when there is none. */
  readonly lastError: string | null
  readonly protocolVersion?: string | null
}

/** Writes the state of a connection; returns the number of the registry change, or undefined when another process has taken it over. */
export function setConnectionState(
  db: Db,
  held: HeldClient,
  { status, lastError, protocolVersion }: ConnectionState,
): Promise<number | undefined> {
  return updateHeld(db, held, {
    status,
    lastError,
    ...compact({ protocolVersion }),
    ...(status === ClientConnectionStatus.CONNECTED && { connectedAt: sql`now()` }),
  })
}

/** Notes why another attempt failed, or that the tools were read again. Not a registry change: routing does not use it. */
export function noteConnection(
  db: Db,
  { clientId, epoch }: HeldClient,
  note: { readonly lastError?: string; readonly checked?: true },
): Promise<void> {
  return coded(async () => {
    await db
      .update(clientConnections)
      .set({
        ...compact({ lastError: note.lastError }),
        ...(note.checked && { checkedAt: sql`now()`, lastError: null }),
      })
      .where(heldBy({ clientId, epoch }))
  })
}

/** Asks the process that holds the connection to read the tools again. Returns the time of the request, by the clock of the database. */
export function requestClientRefresh(db: Db, clientId: string): Promise<Date> {
  return coded(async () => {
    const [row] = await db
      .insert(clientConnections)
      .values({ clientId, refreshRequestedAt: sql`now()` })
      .onConflictDoUpdate({
        target: clientConnections.clientId,
        set: { refreshRequestedAt: sql`now()` },
      })
      .returning({ at: clientConnections.refreshRequestedAt })
    return must(must(row).at)
  })
}

/** The connection of a client; undefined before the first attempt. */
export function getClientConnection(
  db: Db,
  clientId: string,
): Promise<ClientConnectionRow | undefined> {
  return coded(async () => {
    const [row] = await db
      .select()
      .from(clientConnections)
      .where(eq(clientConnections.clientId, clientId))
    return row
  })
}

/** The connections of several clients, by client id. */
export function listClientConnections(
  db: Db,
  clientIds: readonly string[],
): Promise<ReadonlyMap<string, ClientConnectionRow>> {
  return coded(async () => {
    if (clientIds.length === 0) return new Map()
    const rows = await db
      .select()
      .from(clientConnections)
      .where(inArray(clientConnections.clientId, [...clientIds]))
    return new Map(rows.map((row) => [row.clientId, row]))
  })
}

function leaseEnd(leaseMs: number) {
  return sql`now() + ${leaseMs / 1000} * interval '1 second'`
}

function heldBy({ clientId, epoch }: HeldClient) {
  return and(eq(clientConnections.clientId, clientId), eq(clientConnections.epoch, epoch))
}

function updateHeld(
  db: Db,
  held: HeldClient,
  columns: Parameters<ReturnType<typeof db.update<typeof clientConnections>>['set']>[0],
): Promise<number | undefined> {
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .update(clientConnections)
      .set(columns)
      .where(heldBy(held))
      .returning({ clientId: clientConnections.clientId })
    if (rows.length === 0) return undefined
    return appendRegistryChange(tx, 'client', [held.clientId])
  })
}
