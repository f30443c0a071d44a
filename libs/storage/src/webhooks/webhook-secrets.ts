import type { EncryptedData } from '@alkdev/crypto'
import { and, asc, eq, gt, isNotNull, isNull, lte, ne, or, sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { webhookSecrets } from '../schema/webhooks/webhook-secrets.ts'
import type { WebhookSecretRow } from '../schema/webhooks/webhook-secrets.ts'
import { webhooks } from '../schema/webhooks/webhooks.ts'
import type { SealedWebhookSecret } from './webhooks.ts'

/**
 * Makes a secret the current one of its webhook. The one before signs for `graceMs` more milliseconds, by the clock of the database; older
 * ones are deleted. Gives when the one before ends.
 */
export function putWebhookSecret(
  db: Db,
  webhookId: string,
  { id, value }: SealedWebhookSecret,
  graceMs: number,
): Promise<Date | undefined> {
  return inTransaction(db, async (tx) => {
    await tx
      .delete(webhookSecrets)
      .where(and(eq(webhookSecrets.webhookId, webhookId), isNotNull(webhookSecrets.endsAt)))
    const [before] = await tx
      .update(webhookSecrets)
      .set({ endsAt: sql`now() + ${graceMs / 1000}::double precision * interval '1 second'` })
      .where(and(eq(webhookSecrets.webhookId, webhookId), isNull(webhookSecrets.endsAt)))
      .returning({ endsAt: webhookSecrets.endsAt })
    await tx.insert(webhookSecrets).values({ id, webhookId, value, keyVersion: value.keyVersion })
    return before?.endsAt ?? undefined
  })
}

/** The sealed secrets that sign now, the current one first. */
export function listWebhookSecrets(db: Db, webhookId: string): Promise<SealedWebhookSecret[]> {
  return coded(() =>
    db
      .select({ id: webhookSecrets.id, value: webhookSecrets.value })
      .from(webhookSecrets)
      .where(
        and(
          eq(webhookSecrets.webhookId, webhookId),
          or(isNull(webhookSecrets.endsAt), gt(webhookSecrets.endsAt, sql`now()`)),
        ),
      )
      .orderBy(sql`${webhookSecrets.endsAt} desc nulls first`)
      .limit(2),
  )
}

/** A secret with the URL of its webhook. */
export interface WebhookSecretToReencrypt extends WebhookSecretRow {
  readonly url: string
}

/** Secrets of webhooks that are not sealed with the given key version, in the order of their ids, after `afterId`. */
export function listWebhookSecretsToReencrypt(
  db: Db,
  currentVersion: number,
  options: { readonly afterId?: string; readonly limit?: number } = {},
): Promise<WebhookSecretToReencrypt[]> {
  return coded(async () => {
    const rows = await db
      .select({ secret: webhookSecrets, url: webhooks.url })
      .from(webhookSecrets)
      .innerJoin(webhooks, eq(webhooks.id, webhookSecrets.webhookId))
      .where(
        and(
          ne(webhookSecrets.keyVersion, currentVersion),
          options.afterId === undefined ? undefined : gt(webhookSecrets.id, options.afterId),
        ),
      )
      .orderBy(asc(webhookSecrets.id))
      .limit(options.limit ?? 100)
    return rows.map(({ secret, url }) => ({ ...secret, url }))
  })
}

/** Replaces a sealed value by one with another key. False when the secret was deleted meanwhile. */
export function reencryptWebhookSecret(
  db: Db,
  previous: Pick<WebhookSecretRow, 'id' | 'value'>,
  value: EncryptedData,
): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .update(webhookSecrets)
      .set({ value, keyVersion: value.keyVersion })
      .where(
        and(
          eq(webhookSecrets.id, previous.id),
          sql`${webhookSecrets.value} = ${JSON.stringify(previous.value)}::jsonb`,
        ),
      )
      .returning({ id: webhookSecrets.id })
    return rows.length > 0
  })
}

/** Deletes replaced secrets that sign no more. At most `limit`; gives how many. */
export function pruneWebhookSecrets(db: Db, limit: number): Promise<number> {
  return coded(async () => {
    const ended = db
      .select({ id: webhookSecrets.id })
      .from(webhookSecrets)
      .where(lte(webhookSecrets.endsAt, sql`now()`))
      .limit(limit)
    const rows = await db
      .delete(webhookSecrets)
      .where(sql`${webhookSecrets.id} in (${ended})`)
      .returning({ id: webhookSecrets.id })
    return rows.length
  })
}
