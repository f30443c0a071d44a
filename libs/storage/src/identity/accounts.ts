import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { eq } from 'drizzle-orm'
import { appendIdentityChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { accounts } from '../schema/identity/accounts.ts'
import type { AccountInsert, AccountRow } from '../schema/identity/accounts.ts'
import type { AccountStatus } from '../schema/identity/families.ts'

/** Creates an account; the e-mail address is stored in lower case. Throws CONFLICT when it is taken, VALIDATION_ERROR when it is none. */
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

/** Accounts, oldest first. */
export function listAccounts(db: Db, request: PageRequest = {}): Promise<Page<AccountRow>> {
  return coded(async () => {
    const keyset = new Keyset([accounts.id])
    const rows = await db
      .select()
      .from(accounts)
      .where(keyset.after(request))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.id])
  })
}

/**
 * Suspends, deactivates or re-activates an account and tells every process by an identity change, whose number it gives.
 * Throws CONFLICT when there is no such account.
 */
export function setAccountStatus(db: Db, id: string, status: AccountStatus): Promise<number> {
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .update(accounts)
      .set({ status })
      .where(eq(accounts.id, id))
      .returning({ id: accounts.id })
    if (rows.length === 0) throw new CodedError('CONFLICT', 'There is no such account.')
    return appendIdentityChange(tx, 'account', [id])
  })
}
