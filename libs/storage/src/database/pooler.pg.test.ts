import { createTestDatabase, hasPgbouncer, NO_PGBOUNCER, startPgbouncer } from '@alkdev/testing'
import type { Pooler } from '@alkdev/testing'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { createOrganization, listOrgIds } from '../identity/organizations.ts'
import { createAccount } from '../identity/accounts.ts'
import { migrate } from '../migrations/migrate.ts'
import { inTransaction } from './in-transaction.ts'
import { openDatabase } from './open-database.ts'
import { coded } from './storage-error.ts'

// B12, on the real PgBouncer in transaction mode.
if (!hasPgbouncer) console.log(NO_PGBOUNCER)

const pooledUrl = (pooler: Pooler): string => {
  const url = new URL(pooler.url)
  url.searchParams.set('pooler', 'transaction')
  return url.href
}

test.skipIf(!hasPgbouncer)(
  'behind PgBouncer the database opens, and statements and transactions run side by side on few connections',
  async () => {
    await using postgres = await createTestDatabase()
    await using pooler = await startPgbouncer(postgres.url)
    await using database = await openDatabase(pooledUrl(pooler), { max: 10 })
    const { db } = database
    await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        const { id } = await createAccount(db, { email: `pooled-${at}@example.com` })
        const { id: orgId } = await createOrganization(db, { name: `pooled-${at}`, ownerId: id })
        expect(await listOrgIds(db, id)).toEqual([orgId])
      }),
    )
    const [timeouts] = await inTransaction(db, (tx) =>
      tx.execute(
        sql`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`,
      ),
    )
    expect(timeouts).toEqual({ statement: '30s', lock: '10s' })
  },
)

// PgBouncer takes the server away from a client that has its answer. What the client sent meanwhile goes on with another one: a Bind then meets the statement of
// another client, and its own statement never ends.
test.skipIf(!hasPgbouncer)(
  'behind PgBouncer each statement gets the answer to itself, also one that waits for a connection behind one without parameters',
  async () => {
    await using postgres = await createTestDatabase()
    await using pooler = await startPgbouncer(postgres.url)
    await using database = await openDatabase(pooledUrl(pooler), {
      max: 2,
      statementTimeoutMs: 1000,
    })
    const { db } = database
    const one = async (at: number): Promise<unknown> => {
      const asked =
        at % 2 === 0
          ? sql`select 0 as answer, pg_sleep(0.002)::text`
          : sql`select ${at}::integer as answer`
      const [row] = await coded(() => db.execute(asked))
      return row?.['answer']
    }
    const all = Array.from({ length: 200 }, (_, at) => at)
    expect(await Promise.all(all.map((at) => one(at)))).toEqual(
      all.map((at) => (at % 2 === 0 ? 0 : at)),
    )
  },
)

test.skipIf(!hasPgbouncer)(
  'without the setting the refusal says to set it, and a migration asks for PostgreSQL itself',
  async () => {
    await using postgres = await createTestDatabase()
    await using pooler = await startPgbouncer(postgres.url)
    await expect(openDatabase(pooler.url)).rejects.toMatchObject({
      message: expect.stringContaining('PgBouncer'),
      fix: expect.stringContaining('`pooler` to true'),
    })
    await expect(migrate(pooledUrl(pooler))).rejects.toMatchObject({
      message: expect.stringContaining('needs a session'),
      fix: expect.stringContaining('PostgreSQL itself'),
    })
  },
)
