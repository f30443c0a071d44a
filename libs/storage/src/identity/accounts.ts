import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, eq, or, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { appendIdentityChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { accounts } from '../schema/identity/accounts.ts'
import type { AccountInsert, AccountRow } from '../schema/identity/accounts.ts'
import { AccessLevel, AccountStatus } from '../schema/identity/families.ts'
import type { AccountKind } from '../schema/identity/families.ts'

/**
 * Creates an account; the e-mail address is stored in lower case. Throws CONFLICT when it is taken, VALIDATION_ERROR when it is invalid.
 */
export function createAccount(db: Db, account: AccountInsert): Promise<AccountRow> {
  return coded(async () => {
    const [row] = await db
      .insert(accounts)
      .values({ ...account, email: account.email.trim().toLowerCase() })
      .returning()
    return must(row)
  })
}

export function getAccount(db: Db, id: string): Promise<AccountRow | undefined> {
  return coded(async () => (await db.select().from(accounts).where(eq(accounts.id, id)))[0])
}

export function getAccountByEmail(db: Db, email: string): Promise<AccountRow | undefined> {
  return coded(async () => {
    const address = email.trim().toLowerCase()
    return (await db.select().from(accounts).where(eq(accounts.email, address)))[0]
  })
}

/** True for an active account that may change the deployment itself. */
export function isActiveAdmin(db: Db, id: string): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .select({ id: accounts.id })
      .from(accounts)
      .where(and(eq(accounts.id, id), activeAdmin))
    return rows.length > 0
  })
}

/** The account if it is the viewer, or shares an organization with the viewer. */
export function getVisibleAccount(
  db: Db,
  id: string,
  viewerId: string,
): Promise<AccountRow | undefined> {
  return coded(async () => {
    const condition = and(eq(accounts.id, id), visibleTo(viewerId))
    return (await db.select().from(accounts).where(condition))[0]
  })
}

export interface ListAccounts extends PageRequest {
  readonly status?: AccountStatus
  readonly kind?: AccountKind
  /** Only this account and those that share an organization with it. Absent: all. */
  readonly viewerId?: string
}

/** Accounts, oldest first. */
export function listAccounts(db: Db, request: ListAccounts = {}): Promise<Page<AccountRow>> {
  return coded(async () => {
    const { status, kind, viewerId } = request
    const keyset = new Keyset([accounts.id], 'asc', ['accounts', viewerId, status, kind])
    const rows = await db
      .select()
      .from(accounts)
      .where(
        and(
          status === undefined ? undefined : eq(accounts.status, status),
          kind === undefined ? undefined : eq(accounts.kind, kind),
          viewerId === undefined ? undefined : visibleTo(viewerId),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.id])
  })
}

/** The columns of an account that can be changed. Absent members are not changed. */
export interface AccountChange {
  readonly email?: string
  readonly displayName?: string | null
  readonly giteaUsername?: string | null
  readonly kind?: AccountKind
  readonly accessLevel?: AccessLevel
  readonly status?: AccountStatus
}

/**
 * Writes the given columns and notifies every process with an identity change. Returns the row, or undefined when there is no such
 * account. Throws CONFLICT when the address is taken, and when no active admin would be left.
 */
export function updateAccount(
  db: Db,
  id: string,
  change: AccountChange,
): Promise<AccountRow | undefined> {
  return inTransaction(db, async (tx) => {
    const { email, ...rest } = change
    const { status, accessLevel } = change
    const lowers =
      (status !== undefined && status !== AccountStatus.ACTIVE) ||
      (accessLevel !== undefined && accessLevel !== AccessLevel.ADMIN)
    if (lowers) await keepAnAdmin(tx, id)
    const [row] = await tx
      .update(accounts)
      .set({ ...rest, ...(email !== undefined && { email: email.trim().toLowerCase() }) })
      .where(eq(accounts.id, id))
      .returning()
    if (row !== undefined) await appendIdentityChange(tx, 'account', [id])
    return row
  })
}

/**
 * Suspends, deactivates or re-activates an account and notifies every process with an identity change. Throws CONFLICT when there
 * is no such account, or when no active admin would be left.
 */
export async function setAccountStatus(
  db: Db,
  id: string,
  status: AccountStatus,
): Promise<AccountRow> {
  const row = await updateAccount(db, id, { status })
  if (row === undefined) throw new CodedError('CONFLICT', 'There is no such account.')
  return row
}

const activeAdmin = and(
  eq(accounts.accessLevel, AccessLevel.ADMIN),
  eq(accounts.status, AccountStatus.ACTIVE),
)

/** Locks the rows of all active admins, in the order of their ids: of two admins that demote each other the second one fails. */
async function keepAnAdmin(tx: Db, id: string): Promise<void> {
  const admins = await tx
    .select({ id: accounts.id })
    .from(accounts)
    .where(activeAdmin)
    .orderBy(accounts.id)
    .for('no key update')
  if (admins.length === 1 && admins[0]?.id === id) {
    throw new CodedError('CONFLICT', 'The last active admin must stay one.')
  }
}

function visibleTo(viewerId: string): SQL | undefined {
  return or(
    eq(accounts.id, viewerId),
    sql`${accounts.id} in (
      select theirs.account_id from organization_members theirs
      join organization_members own on own.org_id = theirs.org_id
      where own.account_id = ${viewerId})`,
  )
}
