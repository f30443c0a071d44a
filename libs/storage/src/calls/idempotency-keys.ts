import type { CallFailure } from '@alkdev/contracts'
import type { ResponseEnvelope } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { and, eq, gt, lte, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { IdempotencyStatus } from '../schema/calls/families.ts'
import type { MembershipLevel } from '../schema/identity/families.ts'
import { idempotencyKeys } from '../schema/calls/idempotency-keys.ts'

export interface IdempotencyScope {
  readonly accountId: string
  readonly operationName: string
  readonly key: string
}

/** The rights of the first caller, for operations that check more than their access control. */
export interface ReplayRights {
  readonly keyId?: string | undefined
  readonly scopes: readonly string[]
  readonly resources: Readonly<Record<string, readonly string[]>>
  readonly isAdmin: boolean
  /** By the ids of the organizations. */
  readonly memberships: Readonly<Record<string, MembershipLevel>>
}

export interface IdempotencyClaim extends IdempotencyScope {
  /** Keyed hash of the input. */
  readonly inputHash: string
  readonly callId: string
  /** Milliseconds for which the key identifies the call. */
  readonly keptMs: number
  /** Stored with the claim: an answer is repeated only to callers that have these rights. */
  readonly rights?: ReplayRights | undefined
}

/** The call that a key identifies, and its state. */
export interface IdempotencyRecord {
  readonly id: string
  readonly callId: string
  readonly inputHash: string
  readonly status: IdempotencyStatus
  readonly envelope: ResponseEnvelope | null
  readonly error: CallFailure | null
  /** Of the first caller; undefined when none were given. */
  readonly rights: ReplayRights | undefined
  /** The call is a queued one: it may wait for days, and its row is authoritative. */
  readonly queued: boolean
  /** Milliseconds since the claim, by the clock of the database. */
  readonly ageMs: number
}

interface KeyMetadata {
  readonly rights?: ReplayRights
  readonly queued?: boolean
}

export type IdempotencyEnd =
  | { readonly status: 'completed'; readonly envelope: ResponseEnvelope }
  | { readonly status: 'failed' | 'unknown'; readonly error: CallFailure }

/**
 * Claims a key for a call before it is dispatched. Returns the id of the row, or undefined when the key belongs to another call already
 * (`findIdempotencyKey`). An expired key is free. Throws CONFLICT when there is no such account.
 */
export function claimIdempotencyKey(db: Db, claim: IdempotencyClaim): Promise<string | undefined> {
  return coded(async () => {
    const { keptMs, rights, ...values } = claim
    const metadata = compact({ rights })
    const expiresAt = sql`now() + ${keptMs / 1000}::double precision * interval '1 second'`
    const [row] = await db
      .insert(idempotencyKeys)
      .values({ ...values, metadata, expiresAt })
      .onConflictDoUpdate({
        target: [idempotencyKeys.accountId, idempotencyKeys.operationName, idempotencyKeys.key],
        // A new id: the holder of the old one no longer settles it.
        set: {
          id: sql`excluded.id`,
          metadata,
          inputHash: claim.inputHash,
          callId: claim.callId,
          status: 'pending',
          envelope: null,
          error: null,
          createdAt: sql`now()`,
          expiresAt,
        },
        setWhere: lte(idempotencyKeys.expiresAt, sql`now()`),
      })
      .returning({ id: idempotencyKeys.id })
    return row?.id
  })
}

/** The call that a key identifies; undefined when the key is free. */
export function findIdempotencyKey(
  db: Db,
  scope: IdempotencyScope,
): Promise<IdempotencyRecord | undefined> {
  return coded(async () => {
    const [row] = await db
      .select({
        id: idempotencyKeys.id,
        callId: idempotencyKeys.callId,
        inputHash: idempotencyKeys.inputHash,
        status: idempotencyKeys.status,
        envelope: idempotencyKeys.envelope,
        error: idempotencyKeys.error,
        metadata: idempotencyKeys.metadata,
        ageMs: sql<number>`extract(epoch from now() - ${idempotencyKeys.createdAt})::double precision * 1000`,
      })
      .from(idempotencyKeys)
      .where(
        and(
          eq(idempotencyKeys.accountId, scope.accountId),
          eq(idempotencyKeys.operationName, scope.operationName),
          eq(idempotencyKeys.key, scope.key),
          gt(idempotencyKeys.expiresAt, sql`now()`),
        ),
      )
    if (row === undefined) return undefined
    const { metadata, ...record } = row
    const { rights, queued = false } = metadata as KeyMetadata
    return { ...record, rights, queued }
  })
}

/**
 * Writes how the call of a claim ended, and replaces the claim's rights; false when it has ended already, or the key has a
 * newer claim.
 */
export function settleIdempotencyKey(
  db: Db,
  id: string,
  end: IdempotencyEnd,
  rights?: ReplayRights,
): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .update(idempotencyKeys)
      .set({
        ...(end.status === 'completed'
          ? { status: end.status, envelope: end.envelope }
          : { status: end.status, error: end.error }),
        ...(rights !== undefined && { metadata: { rights } }),
      })
      .where(and(eq(idempotencyKeys.id, id), eq(idempotencyKeys.status, 'pending')))
      .returning({ id: idempotencyKeys.id })
    return rows.length > 0
  })
}

/** Releases a key whose call is proven not to have run. */
export function releaseIdempotencyKey(db: Db, id: string): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .delete(idempotencyKeys)
      .where(and(eq(idempotencyKeys.id, id), eq(idempotencyKeys.status, 'pending')))
      .returning({ id: idempotencyKeys.id })
    return rows.length > 0
  })
}

/** Deletes expired keys, at most `limit` (default 5 000). Returns how many. */
export function pruneIdempotencyKeys(db: Db, limit = 5000): Promise<number> {
  return coded(async () => {
    const due = db
      .select({ id: idempotencyKeys.id })
      .from(idempotencyKeys)
      .where(lte(idempotencyKeys.expiresAt, sql`now()`))
      .limit(limit)
    const rows = await db
      .delete(idempotencyKeys)
      .where(sql`${idempotencyKeys.id} in ${due}`)
      .returning({ id: idempotencyKeys.id })
    return rows.length
  })
}
