import { canonicalJson } from '@alkdev/std'
import { and, asc, eq, sql } from 'drizzle-orm'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { accounts } from '../schema/identity/accounts.ts'
import { organizations } from '../schema/identity/organizations.ts'
import { clientConnections } from '../schema/services/client-connections.ts'
import { clients } from '../schema/services/clients.ts'

/** An MCP server from the configuration of a service. */
export interface ManagedClient {
  readonly name: string
  /** Its public part; nothing secret. */
  readonly config: Readonly<Record<string, unknown>>
  /** E-mail address; the first active administrator when absent. */
  readonly owner?: string
  /** Name of the organization. */
  readonly organization?: string
}

export interface ManagedClientsResult {
  readonly refused: readonly { readonly name: string; readonly reason: string }[]
  /** Numbers of the registry changes. */
  readonly changes: readonly number[]
}

/**
 * Stores the MCP servers of a configuration as clients that operations do not change, and deletes such clients that are not among them and
 * that no process holds.
 */
export async function putManagedClients(
  db: Db,
  wanted: readonly ManagedClient[],
): Promise<ManagedClientsResult> {
  const refused: { name: string; reason: string }[] = []
  const changes: number[] = []
  for (const client of wanted) {
    const result = await inTransaction(db, (tx) => putOne(tx, client))
    if (typeof result === 'string') refused.push({ name: client.name, reason: result })
    else if (result !== undefined) changes.push(result)
  }
  const removed = await inTransaction(db, async (tx) => {
    const rows = await tx
      .delete(clients)
      .where(
        and(
          eq(clients.managed, true),
          sql`${clients.name} <> all(${sql.param(wanted.map(({ name }) => name))}::text[])`,
          sql`not exists (select from ${clientConnections} c where c.client_id = ${clients}.id and c.lease_until > now())`,
        ),
      )
      .returning({ id: clients.id })
    if (rows.length === 0) return undefined
    return appendRegistryChange(
      tx,
      'client',
      rows.map(({ id }) => id),
    )
  })
  if (removed !== undefined) changes.push(removed)
  return { refused, changes }
}

/** The number of the registry change; undefined when nothing has changed; a text when it is refused. */
async function putOne(tx: Db, client: ManagedClient): Promise<number | string | undefined> {
  const [owner] = await tx
    .select({ id: accounts.id })
    .from(accounts)
    .where(
      client.owner === undefined
        ? and(eq(accounts.accessLevel, 'admin'), eq(accounts.status, 'active'))
        : eq(accounts.email, client.owner),
    )
    .orderBy(asc(accounts.createdAt), asc(accounts.id))
    .limit(1)
  if (owner === undefined)
    return client.owner === undefined
      ? 'There is no administrator yet: make one, and restart the service.'
      : 'There is no account with the e-mail address of `owner`.'
  const orgId = await organizationId(tx, client.organization)
  if (orgId === undefined) return 'There is no organization with the name of `organization`.'
  const values = {
    type: 'mcp-server',
    config: client.config,
    enabled: true,
    managed: true,
    privateOk: true,
    ownerId: owner.id,
    orgId,
  }
  const [known] = await tx.select().from(clients).where(eq(clients.name, client.name)).for('update')
  if (known !== undefined && !known.managed)
    return 'A client of this name is stored already: delete it, or give the server another name.'
  if (known === undefined) {
    const [made] = await tx
      .insert(clients)
      .values({ name: client.name, ...values })
      .onConflictDoNothing({ target: clients.name })
      .returning({ id: clients.id })
    // Another process has stored it at the same time.
    return made === undefined ? undefined : appendRegistryChange(tx, 'client', [made.id])
  }
  const isSame =
    known.ownerId === owner.id &&
    known.orgId === orgId &&
    known.enabled &&
    canonicalJson(known.config) === canonicalJson(client.config)
  if (isSame) return undefined
  await tx.update(clients).set(values).where(eq(clients.id, known.id))
  return appendRegistryChange(tx, 'client', [known.id])
}

async function organizationId(
  tx: Db,
  name: string | undefined,
): Promise<string | null | undefined> {
  if (name === undefined) return null
  const [row] = await tx
    .select({ id: organizations.id })
    .from(organizations)
    .where(eq(organizations.name, name))
  return row?.id
}
