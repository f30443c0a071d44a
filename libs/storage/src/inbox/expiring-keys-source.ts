import { sql } from 'drizzle-orm'
import { apiKeys } from '../schema/identity/api-keys.ts'
import type { InboxSource } from './inbox-source.ts'

/** Keys that people gave a name; those of log-ins to the console end by themselves. */
const OF_LOG_INS = ['console']

/**
 * Keys of the account that end soon and were not replaced: within seven days, or within the last tenth of their time when that is less. None for
 * a session.
 */
export const expiringKeysSource: InboxSource = {
  kind: 'expiring-key',
  select({ accountId, sessionId, keys = false }, page) {
    // In milliseconds, as a cursor holds it.
    const since = sql`date_trunc('milliseconds', ${apiKeys.expiresAt} - least(interval '7 days', (${apiKeys.expiresAt} - ${apiKeys.createdAt}) / 10))`
    return sql`
      select 'expiring-key', ${apiKeys.id}, ${since}, coalesce(${apiKeys.name}, ${apiKeys.keyHint}, ${apiKeys.id}), ${apiKeys.ownerId}, null,
        'key', ${apiKeys.id}, ${apiKeys.keyHint}, null, ${apiKeys.expiresAt}, null, null, null::text[]
      from ${apiKeys}
      where ${apiKeys.ownerId} = ${accountId} and ${apiKeys.revokedAt} is null and ${apiKeys.enabled} = true
        and ${apiKeys.rotatedTo} is null and ${apiKeys.expiresAt} > now() and ${since} <= now()
        and not ${apiKeys.tags} && ${sql.param(OF_LOG_INS)}::text[]
        and ${keys && sessionId === undefined} and ${page({ at: since, id: sql`${apiKeys.id}`, deadline: sql`${apiKeys.expiresAt}` })}`
  },
}
