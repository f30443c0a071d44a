import { CallError } from '@alkdev/operations'
import { levelIn, orgIdsOf } from '@alkdev/service'
import type { Caller } from '@alkdev/service'
import { getWebhook } from '@alkdev/storage/webhooks'
import type { Db } from '@alkdev/storage'
import type { WebhookRow, WebhookViewer } from '@alkdev/storage/webhooks'

/** Whose webhooks the caller sees: the own ones, and those of the organizations that it is a member of now. */
export async function webhookViewer(db: Db, caller: Caller): Promise<WebhookViewer> {
  return { accountId: caller.id, orgIds: await orgIdsOf(db, caller) }
}

/** A webhook that the caller sees, by its id or name. Throws WEBHOOK_NOT_FOUND (404). */
export async function visibleWebhook(
  db: Db,
  caller: Caller,
  idOrName: string,
  lock = false,
): Promise<WebhookRow> {
  const row = await getWebhook(db, await webhookViewer(db, caller), idOrName, lock)
  if (row !== undefined) return row
  throw new CallError(
    'WEBHOOK_NOT_FOUND',
    `There is no webhook ${idOrName}.`,
    { webhook: idOrName },
    { httpStatus: 404 },
  )
}

/** The same, of a webhook that the caller may change; it is locked. Throws ACCESS_DENIED for one that it only sees. */
export async function changeableWebhook(
  tx: Db,
  caller: Caller,
  idOrName: string,
): Promise<WebhookRow> {
  const row = await visibleWebhook(tx, caller, idOrName, true)
  if (row.orgId !== null) await requireOrgAdmin(tx, caller, row.orgId)
  return row
}

/** Throws ACCESS_DENIED unless the caller is an owner or admin of the organization. */
export async function requireOrgAdmin(db: Db, caller: Caller, orgId: string): Promise<void> {
  const level = await levelIn(db, caller, orgId)
  if (level === 'owner' || level === 'admin') return
  throw new CallError(
    'ACCESS_DENIED',
    'Only owners and admins of the organization change its webhooks.',
    { orgId },
  )
}

/** The id of the webhook that a call is bound to; undefined when none is named. Throws WEBHOOK_NOT_FOUND (404). */
export async function webhookIdOf(
  db: Db,
  caller: Caller,
  idOrName: string | undefined,
): Promise<string | undefined> {
  return idOrName === undefined ? undefined : (await visibleWebhook(db, caller, idOrName)).id
}

/** Options of calls with the id of the webhook that they name, so that no later webhook of that name takes its place. */
export async function withWebhookId<Options extends { readonly webhook?: string }>(
  db: Db,
  caller: Caller,
  options: Options,
): Promise<Options> {
  const webhook = await webhookIdOf(db, caller, options.webhook)
  return webhook === undefined ? options : { ...options, webhook }
}
