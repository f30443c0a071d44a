import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { must, uuidv7 } from '@alkdev/std'
import { askApproval, createOrganization } from '@alkdev/storage'
import type { AskApproval } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call, callTool } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

// Approvals, the inbox, schedules and webhooks through the whole hub.

let hub: TestStack
let owner: TestKey
let spoke: PlainSocket
/** Inputs that the spoke was given, by operation. */
const started: { readonly name: string; readonly input: Record<string, unknown> }[] = []

const spec = (name: string, retry: string): object => ({
  namespace: 'w',
  name,
  version: '1.0.0',
  type: 'mutation',
  description: `The operation ${name} of the tests.`,
  inputSchema: { type: 'object', properties: { n: { type: 'integer' } } },
  outputSchema: {},
  accessControl: { requiredScopes: ['w:use'] },
  retry,
})

beforeAll(async () => {
  hub = await startTestStack()
  await hub.addCoordinator()
  owner = await hub.createKey([
    'schedules:write',
    'webhooks:*',
    'keys:write',
    'spokes:attach',
    'w:use',
    'calls:enqueue',
    'sessions:*',
    'sessions:read',
  ])
  spoke = await PlainSocket.open(hub.broker, owner.key)
  await register(spoke, 'worker', [spec('echo', 'safe'), spec('fire', 'never')])
  spoke.socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(data.toString()) as PlainFrame
    if (type !== 'call.requested') return
    started.push({ name: payload.operationId, input: payload.input })
    if (payload.operationId === 'w.echo')
      spoke.send('call.responded', id, { output: { data: payload.input } })
    else spoke.send('call.error', id, { code: 'EXECUTION_ERROR', message: 'It failed.' })
  })
  await vi.waitUntil(async () => (await call(hub, owner, 'w.echo', {})).status === 200, {
    timeout: 10_000,
  })
})
afterAll(() => hub[Symbol.asyncDispose]())

const asked = async (given: Partial<AskApproval> = {}): Promise<string> => {
  const { approval } = await askApproval(hub.database.db, {
    kind: 'question',
    subject: { type: 'test', id: uuidv7() },
    question: 'May I?',
    accountId: owner.accountId,
    ...given,
  })
  return approval.id
}
const answer = (key: TestKey, approvalId: string, decision = 'allow') =>
  call(hub, key, 'approvals.answer', { approvalId, decision })

test('an approval is answered once; unknown, answered, expired and foreign ones are four errors', async () => {
  const [mine, late] = [await asked(), await asked({ deadlineMs: 1 })]
  const otherAccount = await hub.createKey(['sessions:approve'])
  expect((await answer(otherAccount, mine)).body).toMatchObject({ code: 'APPROVAL_NOT_FOUND' })
  expect((await answer(owner, uuidv7())).body).toMatchObject({
    status: 404,
    code: 'APPROVAL_NOT_FOUND',
  })
  expect((await answer(owner, mine)).body.data).toMatchObject({
    status: 'answered',
    decision: 'allow',
    answeredBy: owner.accountId,
    mayAnswer: false,
  })
  expect((await answer(owner, mine, 'deny')).body).toMatchObject({
    status: 409,
    code: 'APPROVAL_ANSWERED',
    details: { decision: 'allow', answeredBy: owner.accountId },
  })
  expect((await answer(owner, late)).body).toMatchObject({ status: 410, code: 'APPROVAL_EXPIRED' })
  const foreign = await asked({ askedOf: [`account:${otherAccount.accountId}`] })
  expect((await answer(owner, foreign)).body).toMatchObject({ status: 403, code: 'ACCESS_DENIED' })
  expect((await answer(otherAccount, foreign)).status).toBe(200)
})

test('a key without sessions:approve, and a queued call with it, answer nothing', async () => {
  const approvalId = await asked()
  const narrow = await hub.createKey(['calls:enqueue'], owner.accountId)
  expect((await answer(narrow, approvalId)).status).toBe(404)
  const { body } = await call(hub, owner, 'calls.enqueue', {
    operationId: 'approvals.answer',
    input: { approvalId, decision: 'allow' },
  })
  const end = await call(hub, owner, 'calls.await', { callId: body.data.callId })
  expect(end.body.data).toMatchObject({ status: 'failed', error: { code: 'ACCESS_DENIED' } })
  expect((await call(hub, narrow, 'approvals.get', { approvalId })).body.data).toMatchObject({
    status: 'open',
    mayAnswer: false,
  })
})

test('a member of the organization sees and answers an approval, and its event names no text', async () => {
  const member = await hub.createKey(['sessions:approve', 'sessions:read'])
  const { db, sql } = hub.database
  const org = await createOrganization(db, { name: 'approvers', ownerId: owner.accountId })
  await sql`insert into organization_members (id, org_id, account_id, membership_level)
    values (${uuidv7()}, ${org.id}, ${member.accountId}, 'member')`
  const approvalId = await asked({ orgId: org.id })
  // The key is fresh: its organizations are read at its first use.
  const listed = await call(hub, member, 'approvals.list', { status: 'open' })
  expect(listed.body.data.items).toMatchObject([{ approvalId, mayAnswer: true }])
  expect((await call(hub, member, 'inbox.list')).body.data.items).toMatchObject([
    { kind: 'approval', id: approvalId, title: 'May I?' },
  ])
  const controller = new AbortController()
  const events = await fetch(`${hub.gateway}/api/events?topics=approval.*`, {
    headers: { authorization: `Bearer ${owner.key}` },
    signal: controller.signal,
  })
  const reader = must(events.body).pipeThrough(new TextDecoderStream()).getReader()
  expect((await answer(member, approvalId)).status).toBe(200)
  let text = ''
  // The event of the question may come late, and before the one of the answer.
  while (!/approval\.answered[^]*\n\n/.test(text)) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`The stream ended with ${events.status}: ${text}`)
    text += value
  }
  controller.abort()
  expect(text).toContain('approval.answered')
  expect(text).toContain(member.accountId)
  expect(text).not.toContain('May I?')
})

test('the sweep gives an approval its default after the deadline', async () => {
  const approvalId = await asked({ deadlineMs: 1, defaultDecision: 'allow' })
  await vi.waitFor(
    async () => {
      const { body } = await call(hub, owner, 'approvals.get', { approvalId })
      expect(body.data).toMatchObject({ status: 'expired', decision: 'allow' })
    },
    { timeout: 10_000 },
  )
})

test('a call that failed permanently is in the inbox until it is repeated', async () => {
  const queued = await call(hub, owner, 'calls.enqueue', { operationId: 'w.fire', input: { n: 1 } })
  const { callId } = queued.body.data
  await call(hub, owner, 'calls.await', { callId })
  const dead = async () =>
    (await call(hub, owner, 'inbox.list', { kinds: ['dead-letter'] })).body.data.items
  expect([(await dead())[0]]).toMatchObject([
    { kind: 'dead-letter', id: callId, title: 'w.fire', detail: 'EXECUTION_ERROR' },
  ])
  await call(hub, owner, 'calls.repeatDead', { callId })
  await vi.waitFor(async () => expect((await dead())[0]?.id).not.toBe(callId))
  expect((await ask(hub, 'GET', `/api/calls/${callId}`, { key: owner.key })).status).toBe(200)
})

const hook = (name: string, input: object, key: TestKey = owner) =>
  call(hub, key, `webhooks.${name}`, input)

test('queued calls and firings are reported to their webhook, and the report holds no result', async () => {
  const received: { readonly event: string; readonly call?: { readonly callId: string } }[] = []
  const texts: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      // The question whether this is the hub itself.
      if (request.method === 'GET') {
        response.writeHead(404).end()
        return
      }
      texts.push(body)
      received.push(JSON.parse(body))
      response.writeHead(204).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  try {
    const made = await hook('create', { name: 'ends', url })
    const { webhookId, secret } = made.body.data
    expect(secret).toMatch(/^whsec_/)
    expect((await hook('get', { webhook: 'ends' })).body.data).not.toHaveProperty('secret')
    await hook('test', { webhook: 'ends' })
    const many = await call(hub, owner, 'calls.enqueueMany', {
      calls: [
        { operationId: 'w.echo', input: { n: 8151 }, webhook: 'ends' },
        { operationId: 'w.fire', webhook: webhookId },
        { operationId: 'w.echo' },
      ],
    })
    const [echo, fire, unbound] = many.body.data.calls.map(
      ({ callId }: { callId: string }) => callId,
    )
    const timed = await schedule({ name: 'reported', ...minutely, webhook: 'ends' })
    expect(timed.body.data).toMatchObject({ webhook: webhookId })
    const ran = await call(hub, owner, 'schedules.runNow', { schedule: 'reported' })
    const expected = [
      ['webhook.test', undefined],
      ['call.completed', echo],
      ['call.failed', fire],
      ['call.completed', ran.body.data.callId],
    ]
    await vi.waitFor(
      () =>
        expect(received.map((one) => [one.event, one.call?.callId])).toEqual(
          expect.arrayContaining(expected),
        ),
      { timeout: 20_000 },
    )
    expect(received.some((one) => one.call?.callId === unbound)).toBe(false)
    expect(texts.join('')).not.toContain('8151')
    await call(hub, owner, 'schedules.delete', { schedule: 'reported' })
    const listed = await hook('deliveries', { webhook: 'ends', callId: echo })
    expect(listed.body.data.items).toMatchObject([{ status: 'delivered', httpStatus: 204 }])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('a schedule is released from its webhook, and reports no more', async () => {
  const { webhookId } = (
    await call(hub, owner, 'webhooks.create', { name: 'released', url: 'https://example.com/' })
  ).body.data
  const input = { name: 'bound', operationId: 'w.echo', cron: '0 0 1 1 *', webhook: 'released' }
  const made = await call(hub, owner, 'schedules.create', input)
  expect(made.body.data.webhook).toBe(webhookId)
  const kept = await call(hub, owner, 'schedules.update', { schedule: 'bound', overlap: 'allow' })
  expect(kept.body.data.webhook).toBe(webhookId)
  const released = await call(hub, owner, 'schedules.update', { schedule: 'bound', webhook: null })
  expect([released.status, released.body.data.webhook]).toEqual([200, undefined])
  const { callId } = (await call(hub, owner, 'schedules.runNow', { schedule: 'bound' })).body.data
  await call(hub, owner, 'calls.await', { callId })
  const { items } = (await call(hub, owner, 'webhooks.deliveries', { webhook: webhookId })).body
    .data
  expect(items).toEqual([])
})

test('an MCP client queues a call and reads its end', async () => {
  const tool = async (operationId: string, input: object) => {
    const { isError, data } = await callTool(hub, owner, { operationId, input })
    expect([operationId, isError]).toEqual([operationId, false])
    return data
  }
  const { callId } = await tool('calls.enqueue', {
    operationId: 'w.echo',
    input: { n: 77 },
  })
  expect(await tool('calls.await', { callId })).toMatchObject({ status: 'completed' })
  expect(started).toContainEqual({ name: 'w.echo', input: { n: 77 } })
})

test('webhooks of others do not exist, members use those of their organization, and only its admins change them', async () => {
  const outsider = await hub.createKey(['*'])
  const member = await hub.createKey(['webhooks:*', 'calls:enqueue', 'w:use'])
  const { db, sql } = hub.database
  const org = await createOrganization(db, { name: 'reporters', ownerId: owner.accountId })
  await sql`insert into organization_members (id, org_id, account_id, membership_level)
    values (${uuidv7()}, ${org.id}, ${member.accountId}, 'member')`
  const url = 'http://127.0.0.1:9/'
  await hook('create', { name: 'mine', url })
  expect((await hook('create', { name: 'shared', url, orgId: org.id })).status).toBe(200)
  expect((await hook('create', { name: 'mine', url })).body.code).toBe('CONFLICT')
  expect((await hook('create', { name: 'x', url, orgId: org.id }, member)).body.code).toBe(
    'ACCESS_DENIED',
  )
  for (const bad of ['http://169.254.169.254/', 'ftp://example.com/', 'https://a:b@example.com/'])
    expect((await hook('create', { name: 'bad', url: bad })).body.code).toBe('VALIDATION_ERROR')
  for (const [name, key] of [
    ['mine', member],
    ['mine', outsider],
    ['shared', outsider],
  ] as const) {
    expect((await hook('get', { webhook: name }, key)).body.code).toBe('WEBHOOK_NOT_FOUND')
    const bound = { operationId: 'accounts.me', webhook: name }
    expect((await call(hub, key, 'calls.enqueue', bound)).body).toMatchObject({
      status: 404,
      code: 'WEBHOOK_NOT_FOUND',
    })
  }
  expect((await hook('get', { webhook: 'shared' }, member)).status).toBe(200)
  expect(
    (await call(hub, member, 'calls.enqueue', { operationId: 'accounts.me', webhook: 'shared' }))
      .status,
  ).toBe(200)
  for (const name of ['rotate', 'test', 'repeat', 'delete'])
    expect((await hook(name, { webhook: 'shared' }, member)).body.code).toBe('ACCESS_DENIED')
  const rotated = await hook('rotate', { webhook: 'shared' })
  expect(rotated.body.data).toMatchObject({ secret: expect.stringMatching(/^whsec_/) })
  expect((await hook('delete', { webhook: 'shared' })).status).toBe(200)
  expect((await hook('get', { webhook: 'shared' })).body.code).toBe('WEBHOOK_NOT_FOUND')
})

const minutely = { operationId: 'w.echo', cron: '* * * * *' }
const schedule = (input: object, key: TestKey = owner) => call(hub, key, 'schedules.create', input)
/** As if the time of the schedule had come, by the clock of the database. */
const makeDue = (name: string, agoMs = 0) => hub.database.sql`
  update schedules set next_due_at = date_trunc('minute', now()) - ${agoMs} * interval '1 millisecond' where name = ${name}`
const firings = async (name: string) =>
  (await call(hub, owner, 'schedules.firings', { schedule: name })).body.data.items

test('a schedule fires once by whichever of two coordinators, and its call runs with the rights of its key', async () => {
  const input = { n: 4711 }
  const made = await schedule({
    name: 'every-minute',
    ...minutely,
    input,
    timeZone: 'Europe/Berlin',
  })
  expect(made.body.data).toMatchObject({ status: 'active', overlap: 'skip', catchUp: 'last' })
  expect(made.body.data.nextFirings).toHaveLength(5)
  await makeDue('every-minute')
  await vi.waitFor(async () => expect(await firings('every-minute')).not.toEqual([]), {
    timeout: 10_000,
  })
  const [firing] = await firings('every-minute')
  const end = await call(hub, owner, 'calls.await', { callId: firing.callId })
  expect(end.body.data).toMatchObject({ status: 'completed', output: { data: input } })
  const ran = started.filter((one) => one.input['n'] === 4711)
  expect(ran).toHaveLength((await firings('every-minute')).length)
  expect((await schedule({ name: 'every-minute', ...minutely })).body.code).toBe('CONFLICT')
})

test('schedules that never fire, and those of unknown or foreign operations, are refused', async () => {
  const refused = async (input: object, key?: TestKey) =>
    (await schedule({ name: 'bad', operationId: 'w.echo', ...input }, key)).body.code
  expect(await refused({ cron: '0 0 30 2 *' })).toBe('VALIDATION_ERROR')
  expect(await refused({ cron: 'tomorrow' })).toBe('VALIDATION_ERROR')
  expect(await refused({ cron: '* * * * *', timeZone: 'Mars/Base' })).toBe('VALIDATION_ERROR')
  expect(await refused({ at: '2020-01-01T00:00:00Z' })).toBe('VALIDATION_ERROR')
  expect(await refused({})).toBe('VALIDATION_ERROR')
  expect(await refused({ cron: '* * * * *', input: { n: 'x' } })).toBe('VALIDATION_ERROR')
  expect(await refused({ cron: '* * * * *', operationId: 'w.none' })).toBe('OPERATION_NOT_FOUND')
  const narrow = await hub.createKey(['schedules:write'], owner.accountId)
  expect(await refused({ cron: '* * * * *' }, narrow)).toBe('OPERATION_NOT_FOUND')
  expect((await call(hub, owner, 'schedules.get', { schedule: 'bad' })).body).toMatchObject({
    status: 404,
    code: 'SCHEDULE_NOT_FOUND',
  })
})

test('a key with schedules:write alone neither changes, resumes nor runs what another key may', async () => {
  await schedule({ name: 'guarded', ...minutely })
  await call(hub, owner, 'schedules.pause', { schedule: 'guarded' })
  const narrow = await hub.createKey(['schedules:write'], owner.accountId)
  for (const name of ['schedules.update', 'schedules.resume', 'schedules.runNow'])
    expect((await call(hub, narrow, name, { schedule: 'guarded' })).body.code).toBe(
      'OPERATION_NOT_FOUND',
    )
  const outsider = await hub.createKey(['*'])
  expect((await call(hub, outsider, 'schedules.get', { schedule: 'guarded' })).status).toBe(404)
  const ran = await call(hub, owner, 'schedules.runNow', { schedule: 'guarded' })
  const end = await call(hub, owner, 'calls.await', { callId: ran.body.data.callId })
  expect(end.body.data.status).toBe('completed')
  expect(await firings('guarded')).toMatchObject([{ manual: true, status: 'queued' }])
})

test('a schedule and a queued call survive the rotation of their key, and die with its revocation', async () => {
  const key = await hub.createKey(['w:use', 'calls:enqueue', 'schedules:write'], owner.accountId)
  await schedule({ name: 'rotated', ...minutely, catchUp: 'all' }, key)
  const enqueue = async () =>
    (await call(hub, key, 'calls.enqueue', { operationId: 'w.echo', delayMs: 3000 })).body.data
      .callId
  const before = await enqueue()
  const rotated = await call(hub, owner, 'keys.rotate', { keyId: key.keyId })
  expect(rotated.status).toBe(200)
  await makeDue('rotated')
  const end = await call(hub, owner, 'calls.await', { callId: before })
  expect(end.body.data).toMatchObject({ status: 'completed' })
  await vi.waitFor(async () => expect(await firings('rotated')).not.toEqual([]), {
    timeout: 10_000,
  })
  const fired = await call(hub, owner, 'calls.await', {
    callId: (await firings('rotated'))[0].callId,
  })
  expect(fired.body.data).toMatchObject({ status: 'completed' })
  const next = { ...key, key: rotated.body.data.key, keyId: rotated.body.data.keyId }
  const { body } = await call(hub, next, 'calls.enqueue', { operationId: 'w.echo', delayMs: 2000 })
  await call(hub, owner, 'keys.revoke', { keyId: next.keyId })
  await makeDue('rotated')
  await vi.waitFor(
    async () => {
      const shown = await call(hub, owner, 'schedules.get', { schedule: 'rotated' })
      expect(shown.body.data).toMatchObject({ status: 'paused', pausedReason: 'UNAUTHENTICATED' })
    },
    { timeout: 10_000 },
  )
  expect(
    (await call(hub, owner, 'calls.await', { callId: body.data.callId })).body.data,
  ).toMatchObject({
    status: 'failed',
    error: { code: 'UNAUTHENTICATED' },
  })
  const findings = async () =>
    (await call(hub, owner, 'inbox.list', { kinds: ['finding'] })).body.data.items
  expect(await findings()).toMatchObject([{ detail: 'schedule-paused', severity: 'high' }])
  const resumed = await call(hub, owner, 'schedules.resume', { schedule: 'rotated' })
  expect(resumed.body.data).toMatchObject({ status: 'active' })
  expect(await findings()).toEqual([])
})

test('steps of the clock of the database lose no firing and make none twice, whatever the clock of the processes says', async () => {
  const { sql } = hub.database
  await schedule({ name: 'stepped', ...minutely, catchUp: 'all', overlap: 'allow' })
  // The time goes back by five minutes, and on: the schedule keeps its next time.
  const shift = (ms: number) => sql`
    update schedules set next_due_at = next_due_at + ${ms} * interval '1 millisecond' where name = 'stepped'`
  await shift(-5 * 60_000)
  await vi.waitFor(
    async () => expect((await firings('stepped')).length).toBeGreaterThanOrEqual(5),
    {
      timeout: 10_000,
    },
  )
  const count = (await firings('stepped')).length
  await shift(-5 * 60_000)
  await vi.waitUntil(
    async () => {
      const [row] = await sql<{ isNext: boolean }[]>`
        select next_due_at > now() as "isNext" from schedules where name = 'stepped'`
      return row?.isNext === true
    },
    { timeout: 10_000 },
  )
  const times = (await firings('stepped')).map(({ dueAt }: { dueAt: string }) => dueAt)
  expect(new Set(times).size).toBe(times.length)
  expect(times.length - count).toBeLessThanOrEqual(1)
})
