import { must } from '@alkdev/std'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Db } from '../database/types.ts'
import { grants } from '../schema/identity/grants.ts'
import { endOfGrant, grantMetadata } from '../identity/grants.ts'
import type { QueueingCaller } from './new-queued-call.ts'

/**
 * The id of a grant with exactly these rights of the key and this end; made when there is none. Two processes may make one each at the same
 * moment; both are valid.
 */
export async function ensureGrant(
  tx: Db,
  { accountId, keyId, scopes, resources, withinOrgs, rightsEndAtMs }: QueueingCaller,
): Promise<string> {
  const expiresAt = endOfGrant(rightsEndAtMs)
  const metadata = grantMetadata(withinOrgs)
  const [known] = await tx
    .select({ id: grants.id })
    .from(grants)
    .where(
      and(
        eq(grants.keyId, keyId),
        eq(grants.accountId, accountId),
        eq(grants.scopes, [...scopes]),
        sql`${grants.resources} = ${JSON.stringify(resources)}::jsonb`,
        sql`${grants.metadata} = ${JSON.stringify(metadata)}::jsonb`,
        isNull(grants.parentGrantId),
        expiresAt === null ? isNull(grants.expiresAt) : eq(grants.expiresAt, expiresAt),
        isNull(grants.revokedAt),
      ),
    )
    .limit(1)
    // Retention deletes grants that nothing uses.
    .for('key share')
  if (known !== undefined) return known.id
  const [made] = await tx
    .insert(grants)
    .values({
      accountId,
      keyId,
      scopes: [...scopes],
      resources: { ...resources },
      metadata,
      expiresAt,
    })
    .returning({ id: grants.id })
  return must(made).id
}
