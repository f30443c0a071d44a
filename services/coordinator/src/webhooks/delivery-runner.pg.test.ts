import { createHmac } from 'node:crypto'
import type { lookup } from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HOPS_HEADER, WEBHOOK_HEADERS, webhookSecretPlace } from '@alkdev/contracts'
import { generateKeyRing, KeyRing } from '@alkdev/crypto'
import { AddressPolicy } from '@alkdev/outbound'
import { uuidv7 } from '@alkdev/std'
import { createAccount, openDatabase } from '@alkdev/storage'
import {
  createWebhook,
  insertTestDelivery,
  listDeliveries,
  putWebhookSecret,
} from '@alkdev/storage/webhooks'
import type { Database } from '@alkdev/storage'
import type { WebhookDeliveryRow } from '@alkdev/storage/webhooks'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { DeliveryRunner } from './delivery-runner.ts'
import type { DeliveryRunnerOptions } from './delivery-runner.ts'
import { newWebhookSecret } from './sign-body.ts'

let postgres: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
const ring = KeyRing.parse(generateKeyRing())

beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url, { max: 8 })
})
afterAll(async () => {
  await database.close()
  await postgres[Symbol.asyncDispose]()
})

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver on the loopback address, and what it received. */
async function receiver(answer: (response: ServerResponse, nth: number) => void) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      answer(response, received.length)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { received, port, url: `http://127.0.0.1:${port}/hook` }
}

const accept = (response: ServerResponse): void => void response.writeHead(204).end()

async function register(url: string, accountId?: string) {
  const { db } = database
  const owner = accountId ?? (await createAccount(db, { email: `${uuidv7()}@example.org` })).id
  const [id, secretId, secret] = [uuidv7(), uuidv7(), newWebhookSecret()]
  const value = ring.encrypt(secret, webhookSecretPlace(id, secretId, url))
  await createWebhook(db, { id, accountId: owner, name: 'hook', url }, { id: secretId, value })
  return { id, secret }
}

/** A report of a call, as its end inserts it. */
async function report(webhookId: string): Promise<string> {
  const callId = uuidv7()
  await database.sql`
    insert into webhook_deliveries (id, webhook_id, event, call_id, operation_name, depth, expires_at)
    values (${uuidv7()}, ${webhookId}, 'call.completed', ${callId}, 'q.pay', 3, now() + interval '1 day')`
  return callId
}

function run(given: Partial<DeliveryRunnerOptions> = {}): DeliveryRunner {
  const draining = new AbortController()
  const runner = new DeliveryRunner({
    db: database.db,
    instanceId: () => 'an instance',
    ring,
    policy: new AddressPolicy({ allow: ['127.0.0.1'], denyPorts: [] }),
    deploymentId: 'deployment',
    limits: { concurrency: 8, maxPerWebhook: 2, maxPerAccount: 8, timeoutMs: 5000 },
    events: {
      attemptEnded: () => undefined,
      notRecorded: () => undefined,
      notClaimed: () => undefined,
      state: () => undefined,
    },
    backOff: () => 60_000,
    ...given,
  })
  runner.start(draining.signal)
  onTestFinished(async () => {
    draining.abort()
    await runner.close()
  })
  return runner
}

/** The only delivery of a webhook, once it is as expected. */
function expectDelivery(webhookId: string, expected: object): Promise<WebhookDeliveryRow> {
  return vi.waitFor(
    async () => {
      const [row] = (await listDeliveries(database.db, { webhookId })).items
      expect(row).toMatchObject(expected)
      return row as WebhookDeliveryRow
    },
    { timeout: 20_000, interval: 20 },
  )
}

test('a report arrives with ids and status, a signature of each valid secret and the depth of the call', async () => {
  const target = await receiver(accept)
  const { id, secret } = await register(target.url)
  const [secretId, next] = [uuidv7(), newWebhookSecret()]
  const value = ring.encrypt(next, webhookSecretPlace(id, secretId, target.url))
  await putWebhookSecret(database.db, id, { id: secretId, value }, 60_000)
  const callId = await report(id)
  run()
  const row = await expectDelivery(id, { status: 'delivered', attempts: 1, httpStatus: 204 })
  const [{ headers, body }] = target.received as [Received]
  expect(JSON.parse(body)).toEqual({
    deliveryId: row.id,
    event: 'call.completed',
    occurredAt: row.occurredAt.toISOString(),
    webhook: { id, name: 'hook' },
    call: { callId, operationId: 'q.pay', status: 'completed' },
  })
  const [, seconds] = /^t=([0-9]+),/.exec(String(headers[WEBHOOK_HEADERS.SIGNATURE])) ?? []
  const signed = [next, secret].map((one) =>
    createHmac('sha256', one).update(`${seconds}.${body}`).digest('hex'),
  )
  expect(headers).toMatchObject({
    [WEBHOOK_HEADERS.SIGNATURE]: `t=${seconds},v1=${signed.join(',v1=')}`,
    [WEBHOOK_HEADERS.DELIVERY]: row.id,
    [WEBHOOK_HEADERS.EVENT]: 'call.completed',
    [HOPS_HEADER]: 'deployment:3',
  })
})

test('a receiver that fails gets the same body again, until it answers with 200', async () => {
  const target = await receiver((response, nth) => response.writeHead(nth < 3 ? 503 : 200).end())
  const { id } = await register(target.url)
  await report(id)
  run({ backOff: () => 1 })
  await expectDelivery(id, { status: 'delivered', attempts: 3, lastError: null })
  expect(new Set(target.received.map(({ body }) => body)).size).toBe(1)
})

test('a redirect is a failure, and its target gets no request', async () => {
  const target = await receiver(accept)
  const first = await receiver((response) =>
    response.writeHead(307, { location: target.url }).end(),
  )
  const { id } = await register(first.url)
  await report(id)
  run()
  await expectDelivery(id, {
    status: 'pending',
    httpStatus: 307,
    lastError: 'The receiver answered with 307; redirects are not followed.',
  })
  expect(target.received).toEqual([])
})

test('a receiver that never answers fails after the time limit, and does not hold up others', async () => {
  const hanging = await receiver(() => undefined)
  const quick = await receiver(accept)
  const { id: slow } = await register(hanging.url)
  for (let n = 0; n < 5; n++)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await report(slow)
  const runner = run({
    limits: { concurrency: 3, maxPerWebhook: 2, maxPerAccount: 8, timeoutMs: 60_000 },
  })
  await vi.waitUntil(() => hanging.received.length === 2, { timeout: 10_000 })
  const { id } = await register(quick.url)
  await report(id)
  runner.wake()
  await expectDelivery(id, { status: 'delivered' })
  expect(hanging.received).toHaveLength(2)
})

test('a request that gets no answer in time fails', async () => {
  const hanging = await receiver(() => undefined)
  const { id } = await register(hanging.url)
  await report(id)
  run({ limits: { concurrency: 3, maxPerWebhook: 2, maxPerAccount: 8, timeoutMs: 100 } })
  const { lastError } = await expectDelivery(id, {
    status: 'pending',
    httpStatus: null,
    attempts: 1,
    lastError: expect.any(String),
  })
  expect(lastError).toBe('The receiver did not answer within 100 ms.')
})

test('an answer whose body never ends counts by its status', async () => {
  const endless = await receiver((response) => {
    response.writeHead(200)
    response.write('a')
  })
  const { id } = await register(endless.url)
  await report(id)
  run({ limits: { concurrency: 3, maxPerWebhook: 2, maxPerAccount: 8, timeoutMs: 200 } })
  await expectDelivery(id, { status: 'delivered', httpStatus: 200 })
  expect(endless.received).toHaveLength(1)
})

test('a name that stands for a private address is refused when it is connected to', async () => {
  const target = await receiver(accept)
  const { id } = await register(`http://hook.example.com:${target.port}/`)
  await report(id)
  const resolve = ((_name: string, _options: object, done: (...given: unknown[]) => void) =>
    done(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof lookup
  run({ policy: new AddressPolicy({ allow: [], denyPorts: [] }), resolve })
  await expectDelivery(id, {
    status: 'pending',
    httpStatus: null,
    lastError: expect.stringContaining('is not a public address'),
  })
  expect(target.received).toEqual([])
})

test('a request whose coordinator is gone before it records the answer is made again by another one', async () => {
  const gone = await openDatabase(postgres.url, { max: 2 })
  const target = await receiver((response, nth) => {
    if (nth > 1) accept(response)
    // Nothing that the first coordinator does from here on reaches the database.
    else void gone.close().then(() => accept(response))
  })
  const { id } = await register(target.url)
  await report(id)
  run({ db: gone.db })
  await vi.waitUntil(() => target.received.length === 1, { timeout: 10_000 })
  await expectDelivery(id, { status: 'sending', attempts: 1 })
  run()
  await database.sql`
    update webhook_deliveries set lease_until = now() - interval '1 second' where webhook_id = ${id}`
  await expectDelivery(id, { status: 'delivered', attempts: 2 })
  const ids = target.received.map(({ headers }) => headers[WEBHOOK_HEADERS.DELIVERY])
  expect(ids).toHaveLength(2)
  expect(new Set(ids).size).toBe(1)
})

test('a runner that stops gives the request in flight back at once', async () => {
  const hanging = await receiver(() => undefined)
  const { id } = await register(hanging.url)
  await insertTestDelivery(database.db, id, 0)
  await database.sql`update webhook_deliveries set expires_at = now() + interval '1 day' where webhook_id = ${id}`
  const runner = run()
  await vi.waitUntil(() => hanging.received.length === 1, { timeout: 10_000 })
  await runner.drain(AbortSignal.abort())
  const row = await expectDelivery(id, {
    status: 'pending',
    lastError: 'The coordinator stopped.',
  })
  expect(row.nextAttemptAt.getTime()).toBeLessThanOrEqual(row.updatedAt.getTime())
})

test('a secret that cannot be decrypted asks for a rotation, and one that the database does not give does not', async () => {
  const target = await receiver(accept)
  const [unreadable, mixed, lost] = [
    await register(target.url),
    await register(target.url),
    await register(target.url),
  ]
  const other = KeyRing.parse(generateKeyRing())
  const [secretId, next] = [uuidv7(), newWebhookSecret()]
  const value = other.encrypt(next, webhookSecretPlace(mixed.id, secretId, target.url))
  await database.sql`update webhook_secrets set value = ${JSON.stringify(value)}::text::jsonb where webhook_id = ${unreadable.id}`
  await putWebhookSecret(database.db, mixed.id, { id: secretId, value }, 60_000)
  await report(unreadable.id)
  await report(mixed.id)
  run()
  await expectDelivery(unreadable.id, { attempts: 1, lastError: expect.stringContaining('Rotate') })
  // One of two that can be read signs.
  await expectDelivery(mixed.id, { status: 'delivered' })
  await database.sql`alter table webhook_secrets rename to webhook_secrets_away`
  try {
    await report(lost.id)
    const row = await expectDelivery(lost.id, { lastError: expect.any(String), httpStatus: null })
    expect(row.lastError).toContain('database')
    expect(row.lastError).not.toContain('Rotate')
  } finally {
    await database.sql`alter table webhook_secrets_away rename to webhook_secrets`
  }
})
