import type { EncryptedData } from '@alkdev/crypto'
import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, eq, isNull, or, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { webhooks } from '../schema/webhooks/webhooks.ts'
import type { WebhookRow } from '../schema/webhooks/webhooks.ts'
import { putWebhookSecret } from './webhook-secrets.ts'

/** Webhooks that one account registered. */
const MAX_WEBHOOKS = 100

/** Whose webhooks are visible: the own ones without an organization, and those of the organizations. */
export interface WebhookViewer {
  readonly accountId: string
  readonly orgIds: readonly string[]
}

export interface NewWebhook {
  readonly id: string
  readonly accountId: string
  readonly orgId?: string | undefined
  readonly name: string
  readonly url: string
}

/** A sealed secret with the id of its row, which its encryption authenticates. */
export interface SealedWebhookSecret {
  readonly id: string
  readonly value: EncryptedData
}

/** Stores a webhook with its secret. Throws CONFLICT for a name that is taken, and when the account has too many. */
export function createWebhook(
  db: Db,
  webhook: NewWebhook,
  secret: SealedWebhookSecret,
): Promise<WebhookRow> {
  return inTransaction(db, async (tx) => {
    const [counted] = await tx
      .select({ count: sql<number>`count(*)::int` })
      .from(webhooks)
      .where(eq(webhooks.accountId, webhook.accountId))
    if ((counted?.count ?? 0) >= MAX_WEBHOOKS)
      throw new CodedError('CONFLICT', `An account has at most ${MAX_WEBHOOKS} webhooks.`)
    const [row] = await tx
      .insert(webhooks)
      .values({ ...webhook, orgId: webhook.orgId ?? null })
      .onConflictDoNothing()
      .returning()
    if (row === undefined)
      throw new CodedError('CONFLICT', `There is a webhook ${webhook.name} already.`)
    await putWebhookSecret(tx, row.id, secret, 0)
    return row
  })
}

/** A webhook that is visible, by its id or name; one of the account comes before one of an organization. `lock`: it does not change until the transaction ends. */
export function getWebhook(
  db: Db,
  viewer: WebhookViewer,
  idOrName: string,
  lock = false,
): Promise<WebhookRow | undefined> {
  return coded(async () => {
    const query = db
      .select()
      .from(webhooks)
      .where(and(visibleTo(viewer), or(eq(webhooks.id, idOrName), eq(webhooks.name, idOrName))))
      // A name may look like an id.
      .orderBy(sql`${webhooks.id} <> ${idOrName}`, sql`${webhooks.orgId} is not null`, webhooks.id)
      .limit(1)
    const [row] = lock ? await query.for('no key update') : await query
    return row
  })
}

/** The webhooks that are visible, the newest first. */
export function listWebhooks(
  db: Db,
  request: PageRequest & { readonly viewer: WebhookViewer },
): Promise<Page<WebhookRow>> {
  return coded(async () => {
    const { viewer } = request
    const keyset = new Keyset([webhooks.id], 'desc', ['webhooks', viewer.accountId])
    const rows = await db
      .select()
      .from(webhooks)
      .where(and(visibleTo(viewer), keyset.after(request)))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.id])
  })
}

/** Deletes a webhook with its secrets and deliveries. Calls that are bound to it go on, and are not reported. */
export function deleteWebhook(db: Db, id: string): Promise<void> {
  return coded(async () => {
    await db.delete(webhooks).where(eq(webhooks.id, id))
  })
}

/** The condition for webhooks that are visible. */
export function visibleTo({ accountId, orgIds }: WebhookViewer): SQL {
  return must(
    or(
      and(isNull(webhooks.orgId), eq(webhooks.accountId, accountId)),
      sql`${webhooks.orgId} = any(${sql.param([...orgIds])}::text[])`,
    ),
  )
}
