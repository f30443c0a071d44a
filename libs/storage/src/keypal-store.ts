import { CodedError } from '@alkdev/errors'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { ApiKeyError } from 'keypal'
import type {
  ApiKeyRecord,
  AuditLog,
  KeyUsage,
  MetadataChanges,
  MetadataExpectation,
  Storage,
} from 'keypal'
import { appendIdentityChange } from './changes/append-change.ts'
import { inTransaction } from './database/in-transaction.ts'
import { coded } from './database/storage-error.ts'
import type { Db } from './database/types.ts'
import {
  deleteApiKey,
  deleteApiKeysByOwner,
  findApiKeysByOwner,
  findApiKeysByTags,
} from './identity/api-keys.ts'
import { findApiKeyByHash, findKeyHolder } from './identity/key-holder.ts'
import { recordKeyUsage } from './identity/key-usage.ts'
import { countKeyLogs, findKeyLogs, keyLogStats, writeKeyLogs } from './keypal-logs.ts'
import { columnsOf, holderRecord, insertOf, rowRecord } from './keypal-records.ts'
import { apiKeys } from './schema/identity/api-keys.ts'

/** Keys in one usage statement. */
const USAGE_CHUNK = 2000

/**
 * keypal's store over `api_keys`. Every change is one transaction: the given columns, its rows in `audit_logs`, and its entry in the
 * numbered change list, after which every process drops its cached key. Audit logs cannot be deleted here.
 */
export function createDrizzleKeyStore(db: Db): Storage {
  return {
    save: (record, logs = []) =>
      inTransaction(db, async (tx) => {
        await insert(tx, record)
        await writeKeyLogs(tx, logs)
      }),
    async findByHash(keyHash) {
      const holder = await findApiKeyByHash(db, keyHash)
      return holder === undefined ? null : holderRecord(holder)
    },
    async findById(id) {
      const holder = await findKeyHolder(db, id)
      return holder === undefined ? null : holderRecord(holder)
    },
    findByOwner: async (ownerId) => (await findApiKeysByOwner(db, ownerId)).map(rowRecord),
    findByTags: async (tags, ownerId) =>
      (await findApiKeysByTags(db, tags, ownerId)).map(rowRecord),
    findByTag: async (tag, ownerId) => (await findApiKeysByTags(db, [tag], ownerId)).map(rowRecord),
    updateMetadata: (id, changes, options = {}) =>
      inTransaction(db, (tx) =>
        update(tx, id, changes, options.expected ?? {}, options.logs ?? []),
      ),
    rotate: (id, changes, successor, logs = []) =>
      inTransaction(db, (tx) => rotate(tx, id, changes, successor, logs)),
    recordUsage: (usage) => recordUsage(db, usage),
    async delete(id) {
      await deleteApiKey(db, id)
    },
    async deleteByOwner(ownerId) {
      await deleteApiKeysByOwner(db, ownerId)
    },
    findLogs: (query) => findKeyLogs(db, query),
    countLogs: (query) => countKeyLogs(db, query),
    getLogStats: (ownerId) => keyLogStats(db, ownerId),
  }
}

/** Throws KEY_EXISTS when id or hash is taken, INVALID_INPUT when the owner does not exist. */
async function insert(tx: Db, record: ApiKeyRecord): Promise<void> {
  try {
    await coded(() => tx.insert(apiKeys).values(insertOf(record)))
  } catch (error) {
    const rule =
      error instanceof CodedError
        ? (error.details as { rule?: string } | undefined)?.rule
        : undefined
    if (rule === 'unq_api_keys_key_hash' || rule === 'api_keys_pkey')
      throw new ApiKeyError('KEY_EXISTS', { cause: error })
    if (rule === 'api_keys_owner_id_accounts_id_fk')
      throw new ApiKeyError('INVALID_INPUT', { message: 'There is no such account.', cause: error })
    throw error
  }
}

function holds({ enabled, revokedAt, rotatedTo }: MetadataExpectation): SQL | undefined {
  const text = <T>(value: T | null, none: SQL, some: (value: T) => SQL): SQL =>
    value === null ? none : some(value)
  return and(
    enabled === undefined ? undefined : eq(apiKeys.enabled, enabled),
    revokedAt === undefined
      ? undefined
      : text(revokedAt, isNull(apiKeys.revokedAt), (at) => eq(apiKeys.revokedAt, new Date(at))),
    rotatedTo === undefined
      ? undefined
      : text(rotatedTo, isNull(apiKeys.rotatedTo), (id) => eq(apiKeys.rotatedTo, id)),
  )
}

async function update(
  tx: Db,
  id: string,
  changes: MetadataChanges,
  expected: MetadataExpectation,
  logs: readonly AuditLog[],
): Promise<boolean> {
  const rows = await tx
    .update(apiKeys)
    .set({ ...columnsOf(changes), updatedAt: sql`now()` })
    .where(and(eq(apiKeys.id, id), holds(expected)))
    .returning({ id: apiKeys.id })
  if (rows.length === 0) {
    const found = await tx.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.id, id))
    if (found.length === 0) throw new ApiKeyError('KEY_NOT_FOUND')
    return false
  }
  await writeKeyLogs(tx, logs)
  await appendIdentityChange(tx, 'key', [id])
  return true
}

async function rotate(
  tx: Db,
  id: string,
  changes: MetadataChanges,
  successor: ApiKeyRecord,
  logs: readonly AuditLog[],
): Promise<boolean> {
  // Locked first: of two rotations the later one sees the result of the earlier one before it inserts anything.
  const [old] = await tx
    .select({
      revokedAt: apiKeys.revokedAt,
      rotatedTo: apiKeys.rotatedTo,
      requestLimits: apiKeys.requestLimits,
    })
    .from(apiKeys)
    .where(eq(apiKeys.id, id))
    .for('no key update')
  if (old === undefined) throw new ApiKeyError('KEY_NOT_FOUND')
  if (old.revokedAt !== null || old.rotatedTo !== null) return false
  await insert(tx, successor)
  const { requestLimits } = old
  if (requestLimits !== null)
    await tx.update(apiKeys).set({ requestLimits }).where(eq(apiKeys.id, successor.id))
  return update(tx, id, changes, {}, logs)
}

async function recordUsage(db: Db, usage: readonly KeyUsage[]): Promise<void> {
  for (let at = 0; at < usage.length; at += USAGE_CHUNK)
    await recordKeyUsage(
      db,
      usage.slice(at, at + USAGE_CHUNK).map(({ keyId, count, lastUsedAt }) => ({
        keyId,
        count,
        lastUsedAt: new Date(lastUsedAt),
      })),
    )
}
