import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey } from '../identity/api-keys.ts'
import { appendAudit } from '../identity/audit-log.ts'
import { createGrant } from '../identity/grants.ts'
import { pruneAudit, pruneEndedKeys } from './prune-identity.ts'
import { pruneUsage } from './prune-usage.ts'

const DAY_MS = 86_400_000

let postgres: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database

beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url)
})
afterAll(async () => {
  await database.close()
  await postgres[Symbol.asyncDispose]()
})

test('keys that were revoked or replaced long ago are deleted with their grants, and every process is notified', async () => {
  const { db, sql } = database
  const { id: ownerId } = await createAccount(db, { email: 'keys@example.org' })
  const keys = await Promise.all(
    ['live', 'expired', 'revoked', 'fresh', 'replaced'].map(async (name) => {
      const { id } = await createApiKey(db, { ownerId, name, keyHash: uuidv7() })
      await createGrant(db, { accountId: ownerId, keyId: id })
      return id
    }),
  )
  const [live, expired, revoked, fresh, replaced] = keys
  await sql`update api_keys set expires_at = now() - interval '100 days' where id in ${sql([expired ?? '', replaced ?? ''])}`
  await sql`update api_keys set rotated_to = ${live ?? ''} where id = ${replaced ?? ''}`
  await sql`update api_keys set revoked_at = now() - interval '91 days' where id = ${revoked ?? ''}`
  await sql`update api_keys set revoked_at = now() where id = ${fresh ?? ''}`
  const changes = async () => (await sql`select number from changes`).length
  const before = await changes()
  expect(await pruneEndedKeys(db, 90 * DAY_MS, 1)).toBe(1)
  expect(await pruneEndedKeys(db, 90 * DAY_MS, 10)).toBe(1)
  expect(await pruneEndedKeys(db, 90 * DAY_MS, 10)).toBe(0)
  const left = await sql<{ id: string }[]>`select id from api_keys order by id`
  expect(new Set(left.map(({ id }) => id))).toEqual(new Set([live, expired, fresh]))
  expect(await sql`select id from grants`).toHaveLength(3)
  expect(await changes()).toBeGreaterThan(before)
})

test('old entries of the audit log are deleted by retention alone', async () => {
  const { db, sql } = database
  const { id: ownerId } = await createAccount(db, { email: 'audit@example.org' })
  await appendAudit(db, {
    ownerId,
    action: 'test.old',
    createdAt: new Date(Date.now() - 401 * DAY_MS),
  })
  await appendAudit(db, { ownerId, action: 'test.new' })
  await expect(sql`delete from audit_logs`).rejects.toMatchObject({
    constraint_name: 'rule_audit_logs_append_only',
  })
  expect(await pruneAudit(db, 400 * DAY_MS, 10)).toBe(1)
  const left = await sql<
    { action: string }[]
  >`select action from audit_logs where owner_id = ${ownerId}`
  expect(left.map(({ action }) => action)).toEqual(['test.new'])
  // What allowed it has ended with the transaction.
  await expect(sql`delete from audit_logs`).rejects.toMatchObject({
    constraint_name: 'rule_audit_logs_append_only',
  })
})

test('usage that ended long ago is deleted with its attempts, open calls stay', async () => {
  const { db, sql } = database
  const usage = async (id: string, days: number, isOpen = false) => {
    const at = new Date(Date.now() - days * DAY_MS).toISOString()
    await sql`
      insert into inference_usage (id, account_id, endpoint, requested_model, streamed, started_at, ended_at, ended_by, usage_source, settled_by, lease_until)
      values (${id}, 'a', '/chat', 'm', false, ${at}, ${isOpen ? null : at}, ${isOpen ? null : 'done'}, ${isOpen ? null : 'provider'},
        ${isOpen ? null : 'proxy'}, ${isOpen ? at : null})`
    await sql`
      insert into inference_attempts (call_id, attempt, provider, model, usage_source, started_at, total_ms)
      values (${id}, 1, 'p', 'm', 'provider', ${at}, 1)`
  }
  await usage('old', 401)
  await usage('open', 401, true)
  await usage('new', 1)
  expect(await pruneUsage(db, 400 * DAY_MS, 10)).toBe(1)
  const ids = async (table: string, column: string) =>
    (await sql`select ${sql(column)} as id from ${sql(table)} order by 1`).map((row) => row['id'])
  expect(await ids('inference_usage', 'id')).toEqual(['new', 'open'])
  expect(await ids('inference_attempts', 'call_id')).toEqual(['new', 'open'])
})
