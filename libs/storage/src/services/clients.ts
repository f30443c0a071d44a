import type { EncryptedData } from '@alkdev/crypto'
import { must } from '@alkdev/std'
import { and, asc, eq, isNull, or, sql } from 'drizzle-orm'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { dropResource } from '../identity/drop-resource.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { clients } from '../schema/services/clients.ts'
import type { ClientInsert, ClientRow } from '../schema/services/clients.ts'
import { putClientSecret } from './client-secrets.ts'

/** A client, with the names of its secrets; never their values. */
export type ClientView = ClientRow & {
  readonly hasSecret: boolean
  readonly secretKeys: readonly string[]
}

const view = {
  client: clients,
  // Qualified names: in a selection from one table Drizzle writes columns without their table.
  secretKeys: sql<
    string[]
  >`array(select s.secret_key from client_secrets s where s.client_id = clients.id order by 1)`,
}

function viewOf(client: ClientRow, secretKeys: readonly string[]): ClientView {
  return { ...client, hasSecret: secretKeys.length > 0, secretKeys }
}

/** Stores a client with its sealed secrets, by the names that its config uses. Throws CONFLICT when the name is taken. */
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
    return viewOf(created, Object.keys(secrets).toSorted())
  })
}

export function getClientByName(db: Db, name: string): Promise<ClientView | undefined> {
  return coded(async () => {
    const [row] = await db.select(view).from(clients).where(eq(clients.name, name))
    return row === undefined ? undefined : viewOf(row.client, row.secretKeys)
  })
}

/** The given names that are in use. */
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
  /** Only of this organization. */
  readonly orgId?: string
  /** Clients of this account and of these organizations. Absent: all. */
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
    const items = rows.map((row) => viewOf(row.client, row.secretKeys))
    return keyset.page(items, request, (row) => [row.name])
  })
}

export interface ClientWithSecrets {
  readonly client: ClientRow
  /** Sealed, by their names. */
  readonly secrets: Readonly<Record<string, EncryptedData>>
}

/** Every enabled client of a type with its sealed secrets, by name, for the service that uses them. At most 1 000. */
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

/** One client with its sealed secrets; undefined when there is none. */
export function loadClient(db: Db, id: string): Promise<ClientWithSecrets | undefined> {
  return coded(async () => {
    const row = await db.query.clients.findFirst({
      where: eq(clients.id, id),
      with: { secrets: { columns: { secretKey: true, value: true } } },
    })
    if (row === undefined) return undefined
    const { secrets, ...client } = row
    return {
      client,
      secrets: Object.fromEntries(secrets.map(({ secretKey, value }) => [secretKey, value])),
    }
  })
}

/** The columns of a client that can be changed. Absent members are not changed. */
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

/**
 * Deletes a client with its secrets and registrations; true when there was one. Keys and grants lose their rights on a client of that name.
 */
export function deleteClient(db: Db, id: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx
      .delete(clients)
      .where(eq(clients.id, id))
      .returning({ name: clients.name })
    if (row === undefined) return false
    await dropResource(tx, `client:${row.name}`)
    await appendRegistryChange(tx, 'client', [id])
    return true
  })
}
