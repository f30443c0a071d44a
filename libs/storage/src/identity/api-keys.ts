import { compact, must } from '@alkdev/std'
import { and, arrayOverlaps, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import { appendIdentityChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { hasText } from '../database/has-text.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { apiKeys } from '../schema/identity/api-keys.ts'
import type { ApiKeyInsert, ApiKeyRow } from '../schema/identity/api-keys.ts'

/** Stores a key by its hash. Throws CONFLICT when the hash exists or the owner does not. */
export function createApiKey(db: Db, key: ApiKeyInsert): Promise<ApiKeyRow> {
  return coded(async () => {
    const [row] = await db.insert(apiKeys).values(key).returning()
    return must(row)
  })
}

export function getApiKey(db: Db, id: string): Promise<ApiKeyRow | undefined> {
  return coded(async () => (await db.select().from(apiKeys).where(eq(apiKeys.id, id)))[0])
}

/**
 * Locks keys until the end of the transaction, in the order of their ids, so that two transactions never wait for each other: `share`
 * allows others to read and share-lock them, `change` does not. What the transaction reads of them afterwards stays true until its end.
 */
export function lockApiKeys(
  tx: Db,
  ids: readonly string[],
  strength: 'share' | 'change',
): Promise<void> {
  return coded(async () => {
    await tx
      .select({ id: apiKeys.id })
      .from(apiKeys)
      .where(inArray(apiKeys.id, [...ids]))
      .orderBy(apiKeys.id)
      .for(strength === 'share' ? 'share' : 'no key update')
  })
}

export interface ListApiKeys extends PageRequest {
  readonly ownerId: string
  /** Default false. */
  readonly includeRevoked?: boolean
  /** A text of their name, or how they begin. */
  readonly q?: string
}

/** The keys of an account, newest first. */
export function listApiKeys(db: Db, request: ListApiKeys): Promise<Page<ApiKeyRow>> {
  return coded(async () => {
    const { ownerId, includeRevoked = false, q } = request
    const list = ['keys', ownerId, includeRevoked, q] as const
    const keyset = new Keyset([apiKeys.createdAt, apiKeys.id], 'desc', list)
    const rows = await db
      .select()
      .from(apiKeys)
      .where(
        and(
          eq(apiKeys.ownerId, ownerId),
          includeRevoked ? undefined : isNull(apiKeys.revokedAt),
          q === undefined
            ? undefined
            : or(hasText(apiKeys.name, q), sql`starts_with(${apiKeys.keyHint}, ${q})`),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.createdAt, row.id])
  })
}

export interface ListTaggedKeys {
  readonly tag: string
  /** How another one of their tags begins. */
  readonly prefix: string
  readonly before: Date
  readonly limit: number
}

/** Keys with these tags that were made before a time and are not revoked, oldest first, `limit` at most. */
export function listTaggedKeys(
  db: Db,
  { tag, prefix, before, limit }: ListTaggedKeys,
): Promise<ApiKeyRow[]> {
  return coded(() =>
    db
      .select()
      .from(apiKeys)
      .where(
        and(
          arrayOverlaps(apiKeys.tags, [tag]),
          sql`exists (select 1 from unnest(${apiKeys.tags}) as one(tag) where starts_with(one.tag, ${prefix}::text))`,
          lt(apiKeys.createdAt, before),
          isNull(apiKeys.revokedAt),
        ),
      )
      .orderBy(apiKeys.createdAt)
      .limit(limit),
  )
}

/** The number of keys of the account that are neither revoked nor expired. */
export function countLiveApiKeys(db: Db, ownerId: string): Promise<number> {
  const live = and(
    eq(apiKeys.ownerId, ownerId),
    isNull(apiKeys.revokedAt),
    or(isNull(apiKeys.expiresAt), sql`${apiKeys.expiresAt} > now()`),
  )
  return coded(() => db.$count(apiKeys, live))
}

/** When the keys with these ids replaced others, which is when they were created. */
export function rotationTimes(
  db: Db,
  successorIds: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  return coded(async () => {
    if (successorIds.length === 0) return new Map()
    const rows = await db
      .select({ id: apiKeys.id, createdAt: apiKeys.createdAt })
      .from(apiKeys)
      .where(inArray(apiKeys.id, [...successorIds]))
    return new Map(rows.map(({ id, createdAt }) => [id, createdAt]))
  })
}

/** Every key of an account, including revoked ones, newest first; at most 10 000. */
export function findApiKeysByOwner(db: Db, ownerId: string): Promise<ApiKeyRow[]> {
  return coded(() =>
    db
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.ownerId, ownerId))
      .orderBy(sql`${apiKeys.createdAt} desc, ${apiKeys.id} desc`)
      .limit(10_000),
  )
}

/** Keys that have any of the tags (compared in lower case), of one owner or of all; at most 10 000. */
export function findApiKeysByTags(
  db: Db,
  tags: readonly string[],
  ownerId?: string,
): Promise<ApiKeyRow[]> {
  return coded(async () => {
    if (tags.length === 0) return []
    const wanted = tags.map((tag) => tag.toLowerCase())
    return db
      .select()
      .from(apiKeys)
      .where(
        and(
          arrayOverlaps(apiKeys.tags, wanted),
          ownerId === undefined ? undefined : eq(apiKeys.ownerId, ownerId),
        ),
      )
      .orderBy(sql`${apiKeys.createdAt} desc, ${apiKeys.id} desc`)
      .limit(10_000)
  })
}

/** The columns of a key that can be changed. Absent members are not changed. */
export interface ApiKeyChange {
  readonly name?: string | null
  readonly description?: string | null
  readonly scopes?: readonly string[]
  readonly resources?: Readonly<Record<string, readonly string[]>>
  readonly tags?: readonly string[]
  readonly enabled?: boolean
  readonly expiresAt?: Date | null
  readonly revokedAt?: Date | null
  readonly rotatedTo?: string | null
}

/**
 * Writes only the given columns of a key, so that concurrent changes of different columns are both kept, and notifies
 * every process with an identity change. Returns the row, or undefined when there is none.
 */
export function updateApiKey(
  db: Db,
  id: string,
  change: ApiKeyChange,
): Promise<ApiKeyRow | undefined> {
  return inTransaction(db, async (tx) => {
    const { scopes, tags, resources, ...rest } = change
    const [row] = await tx
      .update(apiKeys)
      .set({
        ...rest,
        ...(scopes !== undefined && { scopes: [...scopes] }),
        ...compact({ tags: tags?.map((tag) => tag.toLowerCase()) }),
        ...(resources !== undefined && { resources: resources as Record<string, string[]> }),
      })
      .where(eq(apiKeys.id, id))
      .returning()
    if (row !== undefined) await appendIdentityChange(tx, 'key', [id])
    return row
  })
}

export interface RevokedApiKey {
  readonly row: ApiKeyRow
  /** False when it had been revoked before; then `row.revokedAt` is that time. */
  readonly changed: boolean
}

/** Revokes a key permanently and notifies every process with an identity change. Undefined when there is none. */
export function revokeApiKey(db: Db, id: string): Promise<RevokedApiKey | undefined> {
  return inTransaction(db, async (tx) => {
    const [revoked] = await tx
      .update(apiKeys)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
      .returning()
    if (revoked !== undefined) {
      await appendIdentityChange(tx, 'key', [id])
      return { row: revoked, changed: true }
    }
    const row = await getApiKey(tx, id)
    return row === undefined ? undefined : { row, changed: false }
  })
}

/** Deletes a key with its grants; true when there was one. Usually a key is revoked instead, which keeps its row. */
export function deleteApiKey(db: Db, id: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const rows = await tx.delete(apiKeys).where(eq(apiKeys.id, id)).returning({ id: apiKeys.id })
    if (rows.length > 0) await appendIdentityChange(tx, 'key', [id])
    return rows.length > 0
  })
}

/** Deletes every key of an account; returns their ids. */
export function deleteApiKeysByOwner(db: Db, ownerId: string): Promise<string[]> {
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .delete(apiKeys)
      .where(eq(apiKeys.ownerId, ownerId))
      .returning({ id: apiKeys.id })
    const ids = rows.map((row) => row.id)
    if (ids.length > 0) await appendIdentityChange(tx, 'key', ids)
    return ids
  })
}
