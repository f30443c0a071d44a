import type { EncryptedData } from '@alkdev/crypto'
import { must } from '@alkdev/std'
import { and, asc, eq, isNull, or, sql } from 'drizzle-orm'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { clients } from '../schema/services/clients.ts'
import type { ClientInsert, ClientRow } from '../schema/services/clients.ts'
import { putClientSecret } from './client-secrets.ts'

/** A client with whether it has a secret; never the secret. */
export type ClientView = ClientRow & { readonly hasSecret: boolean }

const view = {
  client: clients,
  // Names in full: in a selection from one table Drizzle writes columns without their table.
  hasSecret: sql<boolean>`exists (select from client_secrets s where s.client_id = clients.id)`,
}

/** Stores a client with its sealed secrets, by the name that its config refers to them by. Throws CONFLICT when the name is taken. */
export function createClient(
  db: Db,
  client: ClientInsert,
  secrets: Readonly<Record<string, EncryptedData>> = {},
): Promise<ClientView> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx.insert(clients).values(client).returning()
    const created = must(row)
    for (const [secretKey, value] of Object.entries(secrets)) {
      await putClientSecret(tx, created.id, secretKey, value)
    }
    await appendRegistryChange(tx, 'client', [created.id])
    return { ...created, hasSecret: Object.keys(secrets).length > 0 }
  })
}

export function getClientByName(db: Db, name: string): Promise<ClientView | undefined> {
  return coded(async () => {
    const [row] = await db.select(view).from(clients).where(eq(clients.name, name))
    return row === undefined ? undefined : { ...row.client, hasSecret: row.hasSecret }
  })
}

/** Those of the names that a client has. */
export function clientNamesAmong(db: Db, names: readonly string[]): Promise<string[]> {
  return coded(async () => {
    const rows = await db
      .select({ name: clients.name })
      .from(clients)
      .where(sql`${clients.name} = any(${sql.param(names)}::text[])`)
    return rows.map((row) => row.name)
  })
}

export interface ListClients extends PageRequest {
  readonly type?: string
  /** Of this organization alone. */
  readonly orgId?: string
  /** Clients of this account's own, and those of these organizations. Absent: all. */
  readonly visibleTo?: { readonly accountId: string; readonly orgIds: readonly string[] }
}

/** Clients by name. */
export function listClients(db: Db, request: ListClients = {}): Promise<Page<ClientView>> {
  return coded(async () => {
    const { type, orgId, visibleTo } = request
    const list = ['clients', visibleTo?.accountId, type, orgId] as const
    const keyset = new Keyset([clients.name], 'asc', list)
    const rows = await db
      .select(view)
      .from(clients)
      .where(
        and(
          type === undefined ? undefined : eq(clients.type, type),
          orgId === undefined ? undefined : eq(clients.orgId, orgId),
          visibleTo === undefined
            ? undefined
            : or(
                and(isNull(clients.orgId), eq(clients.ownerId, visibleTo.accountId)),
                sql`${clients.orgId} = any(${sql.param(visibleTo.orgIds)}::text[])`,
              ),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    const items = rows.map((row) => ({ ...row.client, hasSecret: row.hasSecret }))
    return keyset.page(items, request, (row) => [row.name])
  })
}

export interface ClientWithSecrets {
  readonly client: ClientRow
  /** Sealed, by their names. */
  readonly secrets: Readonly<Record<string, EncryptedData>>
}

/** Every enabled client of a type with its sealed secrets, by name: for the service that talks to them. At most 1 000. */
export function loadClients(db: Db, type: string): Promise<ClientWithSecrets[]> {
  return coded(async () => {
    const rows = await db.query.clients.findMany({
      where: and(eq(clients.type, type), eq(clients.enabled, true)),
      with: { secrets: { columns: { secretKey: true, value: true } } },
      orderBy: asc(clients.name),
      limit: 1000,
    })
    return rows.map(({ secrets, ...client }) => ({
      client,
      secrets: Object.fromEntries(secrets.map(({ secretKey, value }) => [secretKey, value])),
    }))
  })
}

/** What of a client may change. Absent members stay as they are. */
export interface ClientChange {
  readonly config?: Readonly<Record<string, unknown>>
  readonly enabled?: boolean
  readonly ownerId?: string
  readonly orgId?: string | null
}

/** Writes the given columns; undefined when there is no such client. */
export function updateClient(
  db: Db,
  id: string,
  change: ClientChange,
): Promise<ClientRow | undefined> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx.update(clients).set(change).where(eq(clients.id, id)).returning()
    if (row !== undefined) await appendRegistryChange(tx, 'client', [id])
    return row
  })
}

/** Deletes a client with its secrets and registrations; true when there was one. */
export function deleteClient(db: Db, id: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const rows = await tx.delete(clients).where(eq(clients.id, id)).returning({ id: clients.id })
    if (rows.length > 0) await appendRegistryChange(tx, 'client', [id])
    return rows.length > 0
  })
}
