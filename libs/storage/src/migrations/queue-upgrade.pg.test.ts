import { createTestDatabase } from '@alkdev/testing'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { listQueuedCalls } from '../queue/read-queued-calls.ts'
import { claimCalls } from '../queue/test-claim.ts'
import { claimDeliveries } from '../webhooks/claim-deliveries.ts'
import { migrate } from './migrate.ts'
import { migrationsUntil } from './migrations-until.ts'

const LAST_BEFORE = '0027_recalls_that_help'

test('queued calls and deliveries of the level before are there, and go on', async () => {
  await using database = await createTestDatabase({ empty: true })
  await using folder = await migrationsUntil(LAST_BEFORE)
  await migrate(database.url, { folder: folder.path })
  const sql = postgres(database.url, { max: 1, onnotice() {} })
  await sql`insert into accounts (id, email) values ('account', 'old@example.com')`
  await sql`insert into api_keys (id, owner_id, key_hash) values ('key', 'account', 'hash')`
  await sql`insert into grants (id, account_id, key_id) values ('grant', 'account', 'key')`
  await sql`
    insert into queued_calls (id, operation_name, input, status, account_id, grant_id, retry, attempts, timeout_ms, ended_at)
    values ('ended', 'fs.read', '{"a":1}', 'completed', 'account', 'grant', 'safe', 1, 1000, now()),
      ('waiting', 'fs.read', '{"a":2}', 'accepted', 'account', 'grant', 'safe', 0, 1000, null)`
  await sql`insert into queued_call_results (call_id, envelope) values ('ended', '{"data":1}')`
  await sql`insert into webhooks (id, account_id, name, url) values ('hook', 'account', 'hook', 'https://example.com/')`
  await sql`
    insert into webhook_deliveries (id, webhook_id, event, call_id, operation_name, status, attempts, fencing_token, lease_until, expires_at)
    values ('sending', 'hook', 'call.completed', 'ended', 'fs.read', 'sending', 1, 1, now() + interval '1 hour', now() + interval '1 day')`
  await sql.end()
  await migrate(database.url)
  await using opened = await openDatabase(database.url)
  const { db } = opened
  const { items } = await listQueuedCalls(db, { accountId: 'account' })
  expect(items.map(({ id, status }) => [id, status])).toEqual([
    ['waiting', 'accepted'],
    ['ended', 'completed'],
  ])
  const limits = { workerInstanceId: 'w', leaseMs: 1000, limit: 10, maxPerAccount: 10 }
  expect(await claimCalls(db, { ...limits, maxPerOperation: 10 })).toMatchObject([
    { id: 'waiting', input: '{"a":2}', grant: { accountId: 'account', keyId: 'key' } },
  ])
  // The claim of the process that stopped is over: the report is sent once more.
  expect(await claimDeliveries(db, { ...limits, maxPerWebhook: 10 })).toMatchObject([
    { id: 'sending', callId: 'ended', attempts: 2, token: 2 },
  ])
})
