import { OperatorError } from '@alkdev/errors'
import { compact, setSharedClock, sharedNow } from '@alkdev/std'
import {
  checkSchemaLevel,
  createAccount,
  createDrizzleKeyStore,
  findApiKeysByOwner,
  getAccountByEmail,
  openDatabase,
  readDatabaseClock,
  requireSession,
} from '@alkdev/storage'
import type { Database, DatabaseTarget, Db } from '@alkdev/storage'
import { createKeys } from 'keypal'
import { FIRST_KEY_HINT } from './first-key-hint.ts'
import { KEY_PREFIX } from '../identity/key-prefix.ts'

/** Not a real address: it is in the reserved top-level domain of RFC 6761. */
const ADMIN_EMAIL = 'admin@alkhub.localhost'
/** Key of the advisory lock; used by nothing else in the database. */
const LOCK = 7_255_102_114
const EVERYTHING = '*'

export interface BootstrapAdminOptions {
  /** Create a key although a valid one exists. Default false. */
  readonly force?: boolean
  readonly signal?: AbortSignal
}

export interface AdminKey {
  readonly accountId: string
  readonly keyId: string
  /** The key itself; it can't be read again. */
  readonly key: string
}

/**
 * Creates the admin account, if it does not exist, and a key for it with every right; the audit log records both. Of several at several
 * concurrent runs, one creates the key. Throws OperatorError when the account has such a key and `force` is not set, when the database does
 * not answer, or when it has not been migrated.
 */
export async function bootstrapAdmin(
  target: DatabaseTarget,
  options: BootstrapAdminOptions = {},
): Promise<AdminKey> {
  requireSession(target, 'Making the first admin key')
  // One connection, because the lock belongs to it; closing it releases the lock.
  await using database = await openDatabase(target, {
    max: 1,
    applicationName: 'alkhub bootstrap',
    ...compact({ signal: options.signal }),
  })
  await checkSchemaLevel(database.db)
  setSharedClock(await readDatabaseClock(database.db))
  await database.sql`select pg_advisory_lock(${LOCK})`
  const accountId = await ensureAdmin(database.db)
  if (options.force !== true) await refuseSecondKey(database, accountId)
  const keys = createKeys({
    prefix: KEY_PREFIX,
    storage: createDrizzleKeyStore(database.db),
    auditLogs: true,
    now: sharedNow,
    autoTrackUsage: false,
  })
  const { key, record } = await keys.create({
    ownerId: accountId,
    name: 'admin',
    scopes: [EVERYTHING],
    tags: ['bootstrap'],
  })
  return { accountId, keyId: record.id, key }
}

/** The id of the admin account, which is created if it does not exist. */
export async function ensureAdmin(db: Db, displayName = 'Admin'): Promise<string> {
  const known = await getAccountByEmail(db, ADMIN_EMAIL)
  if (known !== undefined) return known.id
  const made = await createAccount(db, {
    email: ADMIN_EMAIL,
    displayName,
    accessLevel: 'admin',
  })
  return made.id
}

/**
 * What an operator has to do before a call is possible: the sentence that explains how to create the first admin key. Undefined when the
 * admin account has a valid one. Creates neither account nor key. Throws OperatorError when the database does not answer.
 */
export async function firstKeyHint(
  target: DatabaseTarget,
  options: Pick<BootstrapAdminOptions, 'signal'> = {},
): Promise<string | undefined> {
  await using database = await openDatabase(target, {
    max: 1,
    applicationName: 'alkhub bootstrap',
    ...options,
  })
  const admin = await getAccountByEmail(database.db, ADMIN_EMAIL)
  if (admin !== undefined && (await goodAdminKey(database.db, admin.id)) !== undefined)
    return undefined
  return FIRST_KEY_HINT
}

async function goodAdminKey(db: Db, accountId: string): Promise<string | undefined> {
  const now = new Date(sharedNow())
  const good = (await findApiKeysByOwner(db, accountId)).find(
    (row) =>
      row.enabled &&
      row.revokedAt === null &&
      (row.expiresAt === null || row.expiresAt > now) &&
      row.scopes.includes(EVERYTHING),
  )
  return good?.id
}

async function refuseSecondKey({ db }: Database, accountId: string): Promise<void> {
  const good = await goodAdminKey(db, accountId)
  if (good === undefined) return
  throw new OperatorError(
    `The hub has an admin key already (${good}).`,
    'Use it; only if it is lost make another one with --force, and revoke the lost one with `alkhub keys revoke`.',
  )
}
