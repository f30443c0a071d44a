import type { EncryptedData } from '@alkdev/crypto'
import { must } from '@alkdev/std'
import { and, asc, eq, gt, ne, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { clients } from '../schema/services/clients.ts'
import { clientSecrets } from '../schema/services/client-secrets.ts'
import type { ClientRow } from '../schema/services/clients.ts'
import type { ClientSecretRow } from '../schema/services/client-secrets.ts'

/** Stores a sealed secret of a client, in place of one with that name. Throws CONFLICT when there is no such client. */
export function putClientSecret(
  db: Db,
  clientId: string,
  secretKey: string,
  value: EncryptedData,
): Promise<ClientSecretRow> {
  return coded(async () => {
    const sealed = { value, keyVersion: value.keyVersion, originBound: true }
    const [row] = await db
      .insert(clientSecrets)
      .values({ clientId, secretKey, ...sealed })
      .onConflictDoUpdate({
        target: [clientSecrets.clientId, clientSecrets.secretKey],
        set: { ...sealed, rotatedAt: null },
      })
      .returning()
    return must(row)
  })
}

/** A sealed secret; undefined when the client has none of that name. */
export function getClientSecret(
  db: Db,
  clientId: string,
  secretKey: string,
): Promise<ClientSecretRow | undefined> {
  return coded(async () => {
    const [row] = await db
      .select()
      .from(clientSecrets)
      .where(and(eq(clientSecrets.clientId, clientId), eq(clientSecrets.secretKey, secretKey)))
    return row
  })
}

/** True when there was one. */
export function deleteClientSecret(db: Db, clientId: string, secretKey: string): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .delete(clientSecrets)
      .where(and(eq(clientSecrets.clientId, clientId), eq(clientSecrets.secretKey, secretKey)))
      .returning({ id: clientSecrets.id })
    return rows.length > 0
  })
}

/** A secret with the data from which its client's origin follows. */
export interface SecretToReseal extends ClientSecretRow {
  readonly client: Pick<ClientRow, 'type' | 'config'>
}

/**
 * Secrets that are not sealed with the given key version, in the order of their ids, after `afterId`, for a re-encryption,
 * which continues after those that it could not open.
 */
export function listSecretsToReencrypt(
  db: Db,
  currentVersion: number,
  options: { readonly afterId?: string; readonly limit?: number } = {},
): Promise<SecretToReseal[]> {
  const after = options.afterId === undefined ? undefined : gt(clientSecrets.id, options.afterId)
  return readSecrets(db, and(ne(clientSecrets.keyVersion, currentVersion), after), options.limit)
}

/** Secrets that an older version sealed without their origin, in the order of their ids, after `afterId`. */
export function listUnboundSecrets(
  db: Db,
  options: { readonly afterId?: string; readonly limit?: number } = {},
): Promise<SecretToReseal[]> {
  const after = options.afterId === undefined ? undefined : gt(clientSecrets.id, options.afterId)
  return readSecrets(db, and(eq(clientSecrets.originBound, false), after), options.limit)
}

function readSecrets(db: Db, where: SQL | undefined, limit = 100): Promise<SecretToReseal[]> {
  return coded(async () => {
    const rows = await db
      .select({ secret: clientSecrets, type: clients.type, config: clients.config })
      .from(clientSecrets)
      .innerJoin(clients, eq(clients.id, clientSecrets.clientId))
      .where(where)
      .orderBy(asc(clientSecrets.id))
      .limit(limit)
    return rows.map(({ secret, type, config }) => ({ ...secret, client: { type, config } }))
  })
}

/**
 * Replaces `previous` by the newly sealed value, which is bound to the client's origin. False when the secret was changed or deleted
 * meanwhile: then nothing is written, and the newer value stays.
 */
export function reencryptClientSecret(
  db: Db,
  previous: Pick<ClientSecretRow, 'id' | 'value'>,
  value: EncryptedData,
): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .update(clientSecrets)
      .set({ value, keyVersion: value.keyVersion, rotatedAt: sql`now()`, originBound: true })
      .where(
        and(
          eq(clientSecrets.id, previous.id),
          sql`${clientSecrets.value} = ${JSON.stringify(previous.value)}::jsonb`,
        ),
      )
      .returning({ id: clientSecrets.id })
    return rows.length > 0
  })
}

/** The number of secrets of clients and webhooks by key version, which proves that a rotation is complete. */
export function countSecretsByVersion(db: Db): Promise<ReadonlyMap<number, number>> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      select key_version as "keyVersion", count(*)::int as secrets
      from (select key_version from client_secrets union all select key_version from webhook_secrets) s
      group by 1 order by 1`)) as unknown as { keyVersion: number; secrets: number }[]
    return new Map(rows.map((row) => [row.keyVersion, row.secrets]))
  })
}
