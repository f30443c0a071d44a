import type { EncryptedData } from '@alkdev/crypto'
import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey } from '../identity/api-keys.ts'
import { createOrganization } from '../identity/organizations.ts'
import { listInbox } from '../inbox/list-inbox.ts'
import { acceptQueuedCalls } from '../queue/accept-queued-calls.ts'
import type { QueueingCaller } from '../queue/new-queued-call.ts'
import { claimCalls } from '../queue/test-claim.ts'
import { abortQueuedCall, expireQueuedCalls, settleQueuedCall } from '../queue/end-queued-calls.ts'
import type { WebhookRow } from '../schema/webhooks/webhooks.ts'
import { claimDeliveries, readDeliveryState, recordDelivery } from './claim-deliveries.ts'
import {
  countDeadDeliveries,
  insertTestDelivery,
  listDeliveries,
  pruneDeliveries,
  repeatDeliveries,
} from './deliveries.ts'
import { listWebhookSecrets, pruneWebhookSecrets, putWebhookSecret } from './webhook-secrets.ts'
import { createWebhook, deleteWebhook, getWebhook, listWebhooks } from './webhooks.ts'

let postgres: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
let caller: QueueingCaller

const db = () => database.db
const DAY_MS = 86_400_000

beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url)
})
afterAll(async () => {
  await database.close()
  await postgres[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.sql`delete from webhooks`
  await database.sql`delete from queued_calls`
  const account = await createAccount(db(), { email: `${uuidv7()}@example.org` })
  const key = await createApiKey(db(), { ownerId: account.id, keyHash: uuidv7() })
  caller = { accountId: account.id, keyId: key.id, scopes: [], resources: {} }
})

const sealed = (keyVersion = 1): EncryptedData => ({ keyVersion, salt: 's', iv: 'i', data: 'd' })
const register = (name: string = uuidv7(), more: object = {}): Promise<WebhookRow> =>
  createWebhook(
    db(),
    { id: uuidv7(), accountId: caller.accountId, name, url: 'https://example.com/', ...more },
    { id: uuidv7(), value: sealed() },
  )
const limits = {
  workerInstanceId: 'w',
  leaseMs: 60_000,
  limit: 10,
  maxPerWebhook: 10,
  maxPerAccount: 10,
}
const failed = { kind: 'failed', httpStatus: 500, error: 'It failed.', delayMs: 1000 } as const
const makeDue = () =>
  database.sql`update webhook_deliveries set next_attempt_at = now() - interval '1 second'`

/** Queues a call; `settle` ends it as its holder would. */
async function enqueue(webhookId: string | undefined, more: object = {}): Promise<string> {
  const call = {
    id: uuidv7(),
    operationName: 'q.pay',
    input: '{"secret":"of the input"}',
    retry: 'never',
    webhookId,
    maxAttempts: 1,
    backoffMs: 0,
    timeoutMs: 1000,
    delayMs: 0,
    expiresAfterMs: 60_000,
    priority: 0,
    depth: 2,
    ...more,
  } as const
  await acceptQueuedCalls(db(), caller, [call], { isSameInput: () => true })
  return call.id
}
async function complete(): Promise<void> {
  const claims = await claimCalls(db(), {
    workerInstanceId: 'w',
    leaseMs: 1000,
    limit: 10,
    maxPerAccount: 10,
    maxPerOperation: 10,
  })
  for (const claim of claims)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await settleQueuedCall(db(), claim, { status: 'completed', envelope: '{"data":1}' })
}

test('each end of a call that is bound to a webhook inserts one report with its ids and status', async () => {
  const { id } = await register()
  const ended = await enqueue(id)
  const unbound = await enqueue(undefined)
  await complete()
  const aborted = await enqueue(id, { delayMs: 60_000 })
  await abortQueuedCall(db(), aborted, 'No longer wanted.')
  const expired = await enqueue(id, { expiresAfterMs: 1 })
  await database.sql`update queued_calls set expires_at = now() - interval '1 second' where id = ${expired}`
  await expireQueuedCalls(db(), 10)
  const { items } = await listDeliveries(db(), { webhookId: id })
  // Ids that two connections make in one millisecond have no order.
  expect(new Set(items.map(({ callId, event, depth }) => `${callId} ${event} ${depth}`))).toEqual(
    new Set([`${expired} call.failed 3`, `${aborted} call.aborted 3`, `${ended} call.completed 3`]),
  )
  expect(items).toHaveLength(3)
  expect(items.some(({ callId }) => callId === unbound)).toBe(false)
  expect(JSON.stringify(items)).not.toContain('of the input')
})

test('a settlement that lost its claim reports nothing, and a call whose webhook was deleted ends', async () => {
  const { id } = await register()
  await enqueue(id)
  const [claim] = await claimCalls(db(), {
    workerInstanceId: 'w',
    leaseMs: 1000,
    limit: 1,
    maxPerAccount: 1,
    maxPerOperation: 1,
  })
  const end = { status: 'completed', envelope: '{}' } as const
  const held = must(claim)
  expect(await settleQueuedCall(db(), { ...held, token: held.token - 1 }, end)).toBe(false)
  expect((await listDeliveries(db(), { webhookId: id })).items).toEqual([])
  await deleteWebhook(db(), id)
  expect(await settleQueuedCall(db(), held, end)).toBe(true)
  expect(await database.sql`select * from webhook_deliveries`).toEqual([])
})

test('a slow webhook takes only its own places, and an account only its own', async () => {
  const [slow, quick] = [await register(), await register()]
  for (let n = 0; n < 5; n++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await insertTestDelivery(db(), slow.id, 0)
  }
  const claim = (more: object = {}) =>
    claimDeliveries(db(), { ...limits, maxPerWebhook: 2, ...more })
  expect((await claim()).map(({ webhookId }) => webhookId)).toEqual([slow.id, slow.id])
  expect(await claim()).toEqual([])
  await insertTestDelivery(db(), quick.id, 0)
  expect(await claim({ maxPerAccount: 2 })).toEqual([])
  expect((await claim()).map(({ webhookId }) => webhookId)).toEqual([quick.id])
  expect(await readDeliveryState(db())).toEqual({ pending: 3, sending: 3 })
})

test('a delivery is claimed by one process at a time, and again when its lease has ended', async () => {
  const { id } = await register()
  await insertTestDelivery(db(), id, 0)
  const claims = await Promise.all([1, 2, 3].map(() => claimDeliveries(db(), limits)))
  const [first] = claims.flat()
  expect(claims.flat()).toHaveLength(1)
  await database.sql`update webhook_deliveries set lease_until = now() - interval '1 second'`
  const [second] = await claimDeliveries(db(), limits)
  expect(second).toMatchObject({ id: must(first).id, attempts: 2 })
  const delivered = { kind: 'delivered', httpStatus: 204 } as const
  expect(await recordDelivery(db(), must(first), delivered)).toBeUndefined()
  expect(await recordDelivery(db(), must(second), delivered)).toBe('delivered')
})

test('the outcome of a claim that a fail-over lost is not recorded, although its token was given again', async () => {
  const { id } = await register()
  await insertTestDelivery(db(), id, 0)
  const [lost] = await claimDeliveries(db(), { ...limits, workerInstanceId: 'before' })
  await database.sql`
    update webhook_deliveries set status = 'pending', lease_until = null, worker_instance_id = null, fencing_token = 0, attempts = 0`
  const [again] = await claimDeliveries(db(), { ...limits, workerInstanceId: 'after' })
  expect(again?.token).toBe(lost?.token)
  const delivered = { kind: 'delivered', httpStatus: 204 } as const
  expect(await recordDelivery(db(), must(lost), delivered)).toBeUndefined()
  expect(await recordDelivery(db(), must(again), delivered)).toBe('delivered')
})

test('deliveries of one call keep their order, and those of other calls do not wait for them', async () => {
  const { id } = await register()
  await enqueue(id)
  await enqueue(id)
  await complete()
  const { items } = await listDeliveries(db(), { webhookId: id })
  const [, first] = items
  await database.sql`
    insert into webhook_deliveries (id, webhook_id, event, call_id, operation_name, expires_at)
    select ${uuidv7()}, webhook_id, event, call_id, operation_name, expires_at from webhook_deliveries where id = ${must(first).id}`
  const claimed = await claimDeliveries(db(), limits)
  expect(new Set(claimed.map(({ callId }) => callId)).size).toBe(2)
  expect(claimed).toHaveLength(2)
  const earlier = must(claimed.find((one) => one.id === must(first).id))
  await recordDelivery(db(), earlier, failed)
  expect(await claimDeliveries(db(), limits)).toEqual([])
  await makeDue()
  const [again] = await claimDeliveries(db(), limits)
  expect(again).toMatchObject({ id: earlier.id, attempts: 2 })
  await recordDelivery(db(), must(again), { kind: 'delivered', httpStatus: 200 })
  expect(await claimDeliveries(db(), limits)).toMatchObject([{ callId: earlier.callId }])
})

test('a delivery is dead when its next attempt would come after its end, is in the inbox, and can be repeated', async () => {
  const { id, name } = await register()
  const callId = await enqueue(id)
  await complete()
  const [claim] = await claimDeliveries(db(), limits)
  expect(await recordDelivery(db(), must(claim), { ...failed, delayMs: DAY_MS - 60_000 })).toBe(
    'pending',
  )
  await makeDue()
  const [last] = await claimDeliveries(db(), limits)
  expect(await recordDelivery(db(), must(last), { ...failed, delayMs: DAY_MS })).toBe('dead')
  const viewer = { accountId: caller.accountId, orgIds: [] }
  expect((await listInbox(db(), { viewer })).items).toMatchObject([
    {
      kind: 'dead-delivery',
      id: must(last).id,
      title: name,
      detail: 'It failed.',
      subjectId: callId,
    },
  ])
  const other = await createAccount(db(), { email: `${uuidv7()}@example.org` })
  const others = { accountId: other.id, orgIds: [] }
  expect((await listInbox(db(), { viewer: others })).items).toEqual([])
  expect(await countDeadDeliveries(db(), id)).toBe(1)
  const asked = { webhookId: id, keptMs: DAY_MS, limit: 10 }
  expect(await repeatDeliveries(db(), { ...asked, deliveryId: uuidv7() })).toEqual([])
  expect(await repeatDeliveries(db(), asked)).toEqual([must(last).id])
  expect(await repeatDeliveries(db(), asked)).toEqual([])
  expect(await claimDeliveries(db(), limits)).toMatchObject([{ id: must(last).id, attempts: 1 }])
})

test('a test is attempted once and is not in the inbox', async () => {
  const { id } = await register()
  await insertTestDelivery(db(), id, 1)
  const [claim] = await claimDeliveries(db(), limits)
  expect(claim).toMatchObject({ event: 'webhook.test', callId: null, depth: 1 })
  expect(await recordDelivery(db(), must(claim), failed)).toBe('dead')
  const viewer = { accountId: caller.accountId, orgIds: [] }
  expect((await listInbox(db(), { viewer })).items).toEqual([])
})

test('a webhook is visible to its account, one of an organization to the members of the organization', async () => {
  const other = await createAccount(db(), { email: `${uuidv7()}@example.org` })
  const org = await createOrganization(db(), { name: uuidv7(), ownerId: caller.accountId })
  const own = await register('hook')
  await expect(register('hook')).rejects.toMatchObject({ code: 'CONFLICT' })
  const shared = await register('hook', { orgId: org.id })
  const viewer = { accountId: caller.accountId, orgIds: [org.id] }
  const member = { accountId: other.id, orgIds: [org.id] }
  expect((await getWebhook(db(), viewer, 'hook'))?.id).toBe(own.id)
  expect((await getWebhook(db(), member, 'hook'))?.id).toBe(shared.id)
  expect(await getWebhook(db(), { ...member, orgIds: [] }, shared.id)).toBeUndefined()
  expect(await getWebhook(db(), { ...viewer, orgIds: [] }, shared.id)).toBeUndefined()
  expect(await getWebhook(db(), member, own.id)).toBeUndefined()
  const page = await listWebhooks(db(), { viewer, limit: 1 })
  const rest = await listWebhooks(db(), { viewer, cursor: must(page.nextCursor) })
  expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual([shared.id, own.id])
})

test('a replaced secret signs until its end, and is deleted then', async () => {
  const { id } = await register()
  const before = must((await listWebhookSecrets(db(), id))[0]).id
  const [second, third] = [uuidv7(), uuidv7()]
  await putWebhookSecret(db(), id, { id: second, value: sealed() }, 60_000)
  expect((await listWebhookSecrets(db(), id)).map((one) => one.id)).toEqual([second, before])
  await putWebhookSecret(db(), id, { id: third, value: sealed() }, 0)
  expect((await listWebhookSecrets(db(), id)).map((one) => one.id)).toEqual([third])
  expect(await pruneWebhookSecrets(db(), 10)).toBe(1)
  expect((await listWebhookSecrets(db(), id)).map((one) => one.id)).toEqual([third])
})

test('deliveries are deleted after their time, dead ones later, and those that wait never', async () => {
  const { id } = await register()
  const ids: string[] = []
  for (let n = 0; n < 3; n++)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    ids.push((await insertTestDelivery(db(), id, 0)).id)
  const [delivered = '', dead = '', waits = ''] = ids
  const { sql } = database
  await sql`update webhook_deliveries set status = 'delivered', ended_at = now() - interval '8 days' where id = ${delivered}`
  await sql`update webhook_deliveries set status = 'dead', ended_at = now() - interval '8 days' where id = ${dead}`
  await sql`update webhook_deliveries set created_at = now() - interval '90 days' where id = ${waits}`
  const prune = () => pruneDeliveries(db(), { endedMs: 7 * DAY_MS, deadMs: 30 * DAY_MS, limit: 10 })
  expect(await prune()).toBe(1)
  const left = async () =>
    (await listDeliveries(db(), { webhookId: id })).items.map((one) => one.id)
  expect(await left()).toEqual([waits, dead])
  await sql`update webhook_deliveries set ended_at = now() - interval '31 days' where id = ${dead}`
  expect(await prune()).toBe(1)
  expect(await left()).toEqual([waits])
})
