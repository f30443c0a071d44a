import { addMember, countCallStats } from '@alkdev/storage'
import { uuidv7 } from '@alkdev/std'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

let hub: TestStack
let owner: TestKey
let colleague: TestKey
let outsider: TestKey
let spoke: HandSpoke
let orgId = ''

beforeAll(async () => {
  hub = await startTestStack()
  owner = await hub.createKey(['spokes:attach', 'orgs:*'])
  colleague = await hub.createKey(['calls:read'])
  outsider = await hub.createKey(['*'])
  orgId = (await call(hub, owner, 'orgs.create', { name: 'history' })).body.data.orgId
  await addMember(hub.database.db, orgId, colleague.accountId, 'member')
  const stream = specOf('stream', { type: 'subscription' })
  spoke = await HandSpoke.attach(hub.broker, owner.key, 'history', [specOf('x'), stream])
})
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await hub?.[Symbol.asyncDispose]()
})

/** The data of an operation that must succeed. */
async function ok(key: TestKey, operationId: string, input: object = {}) {
  const { status, body } = await call(hub, key, operationId, input)
  expect([operationId, status, body.code]).toEqual([operationId, 200, undefined])
  return body.data
}

/** A call of the owner with this input that is answered, or fails with the code. Resolves with its id when it is in the log. */
async function run(input: object, code?: string, headers = {}): Promise<string> {
  const answer = call(hub, owner, spoke.id('x'), input, headers)
  const asked = await spoke.asked()
  if (code === undefined) spoke.answer(asked.id, { done: true })
  else spoke.fail(asked.id, code)
  await answer
  await logged(asked.id)
  return asked.id
}

async function logged(callId: string): Promise<void> {
  const status = async () => (await call(hub, owner, 'calls.get', { callId })).body.data?.status
  await expect.poll(status).toMatch(/completed|failed/)
}

interface Listed {
  readonly callId: string
}

const ids = async (key: TestKey, input: object = {}): Promise<string[]> => {
  const { items } = await ok(key, 'calls.list', { operationId: spoke.id('x'), ...input })
  return (items as Listed[]).map(({ callId }) => callId)
}

test('calls are listed newest first, by every filter, and page after page', async () => {
  const good = await run({ n: 1 }, undefined, { 'idempotency-key': 'list-key' })
  const bad = await run({ n: 2 }, 'BROKEN')
  expect((await ids(owner)).slice(0, 2)).toEqual([bad, good])
  const { items } = await ok(owner, 'calls.list', { idPrefix: bad })
  expect(items).toEqual([
    expect.objectContaining({
      callId: bad,
      operationId: spoke.id('x'),
      status: 'failed',
      code: expect.any(String),
      accountId: owner.accountId,
      keyId: owner.keyId,
      spokeId: expect.any(String),
      durationMs: expect.any(Number),
    }),
  ])
  const [{ spokeId, code }] = items
  expect(JSON.stringify(items)).not.toContain('input')
  expect(await ids(owner, { code })).toEqual([bad])
  expect(await ids(owner, { status: 'completed' })).toEqual([good])
  expect(await ids(owner, { status: 'aborted' })).toEqual([])
  expect(await ids(owner, { spokeId })).toEqual([bad, good])
  expect(await ids(owner, { idempotencyKey: 'list-key' })).toEqual([good])
  expect(await ids(owner, { minDurationMs: 600_000 })).toEqual([])
  expect(await ids(owner, { maxDurationMs: 600_000 })).toEqual([bad, good])
  expect(await ids(owner, { sessionId: uuidv7() })).toEqual([])
  expect(await ids(owner, { parentCallId: good })).toEqual([])
  expect(await ids(owner, { before: '2020-01-01T00:00:00Z' })).toEqual([])
  expect(await ids(owner, { from: '2020-01-01T00:00:00Z' })).toEqual([bad, good])
  const input = { operationId: spoke.id('x'), limit: 1 }
  const first = await ok(owner, 'calls.list', input)
  expect(first.items.map(({ callId }: Listed) => callId)).toEqual([bad])
  const second = await ok(owner, 'calls.list', { ...input, cursor: first.nextCursor })
  expect(second.items.map(({ callId }: Listed) => callId)).toEqual([good])
  for (const idPrefix of ['zz', good.replaceAll('-', '')])
    expect((await call(hub, owner, 'calls.list', { idPrefix })).body.code).toBe('VALIDATION_ERROR')
})

test('calls of others are listed with calls:read in the same organization, and all calls by admins', async () => {
  const callId = await run({ n: 3 })
  const of = { accountId: owner.accountId }
  expect(await ids(colleague)).toEqual([])
  expect(await ids(colleague, of)).toContain(callId)
  expect(await ids(colleague, { orgId })).toContain(callId)
  expect(await ids(hub.admin, of)).toContain(callId)
  expect(await ids(hub.admin, { orgId })).toContain(callId)
  expect(await ids(hub.admin, { all: true })).toContain(callId)
  expect(await ids(hub.admin)).toEqual([])
  const unscoped = await hub.createKey(['tasks:read'], colleague.accountId)
  const narrow = await hub.createKey(['tasks:read'], hub.admin.accountId)
  for (const [key, input, code] of [
    [outsider, of, 'ACCESS_DENIED'],
    [outsider, { accountId: uuidv7() }, 'ACCESS_DENIED'],
    [outsider, { orgId }, 'ORG_NOT_FOUND'],
    [outsider, { all: true }, 'ACCESS_DENIED'],
    [colleague, { all: true }, 'ACCESS_DENIED'],
    [unscoped, of, 'ACCESS_DENIED'],
    [unscoped, { orgId }, 'ACCESS_DENIED'],
    [narrow, { all: true }, 'ACCESS_DENIED'],
    [hub.admin, { all: true, orgId }, 'VALIDATION_ERROR'],
  ] as const)
    for (const operation of ['calls.list', 'calls.watch']) {
      const accept = operation === 'calls.watch' ? 'text/event-stream' : 'application/json'
      const { body } = await call(hub, key, operation, input, { accept })
      expect([operation, input, body.code]).toEqual([operation, input, code])
    }
  expect(await ids(outsider, { idPrefix: callId })).toEqual([])
})

test('a tree shows the calls below a call to the depth and number that were asked for, while it runs and later', async () => {
  const answer = call(hub, owner, spoke.id('x'), { n: 4 })
  const outer = await spoke.asked()
  const nested = async (parentRequestId: string) => {
    const requestId = uuidv7()
    const payload = {
      operationId: spoke.id('x'),
      input: {},
      parentRequestId,
      timestamp: Date.now(),
    }
    spoke.socket.send('call.requested', requestId, payload)
    return { asked: await spoke.asked(), requestId }
  }
  const middle = await nested(outer.id)
  const inner = await nested(middle.asked.id)
  for (const { asked, requestId } of [inner, middle]) {
    spoke.answer(asked.id, {})
    await spoke.received('call.responded', requestId)
  }
  const [middleId, innerId] = [middle.asked.id, inner.asked.id]
  await logged(middleId)
  await logged(innerId)
  const tree = (input: object = {}, key = owner) =>
    ok(key, 'calls.tree', { callId: outer.id, ...input })
  const below = [
    expect.objectContaining({ callId: middleId, parentCallId: outer.id }),
    expect.objectContaining({ callId: innerId, parentCallId: middleId }),
  ]
  const running = await tree()
  expect(running).toMatchObject({ root: { callId: outer.id, status: 'running' }, complete: true })
  expect(running.calls).toEqual(below)
  spoke.answer(outer.id, {})
  await answer
  await logged(outer.id)
  expect(await tree({}, colleague)).toEqual({
    root: expect.objectContaining({ callId: outer.id, status: 'completed' }),
    calls: below,
    links: [],
    complete: true,
  })
  expect(await tree({ depth: 1 })).toMatchObject({ calls: [{ callId: middleId }], complete: false })
  expect(await tree({ limit: 1 })).toMatchObject({ calls: [{ callId: middleId }], complete: false })
  expect(await tree({ depth: 2, limit: 2 })).toMatchObject({ complete: true })
  for (const callId of [outer.id, uuidv7()]) {
    const { status, body } = await call(hub, outsider, 'calls.tree', { callId })
    expect([status, body.code]).toEqual([404, 'CALL_NOT_FOUND'])
  }
})

test('a call is repeated as a new call with the same input in the rights of the caller', async () => {
  const callId = await run({ n: 5, deep: { list: ['text'] } })
  const repeat = ok(owner, 'calls.repeat', { callId })
  const asked = await spoke.asked()
  expect(asked.payload.input).toEqual({ n: 5, deep: { list: ['text'] } })
  spoke.answer(asked.id, { again: true })
  const answer = await repeat
  expect(answer).toEqual({
    callId: asked.id,
    repeatOf: callId,
    operationId: spoke.id('x'),
    status: 'completed',
    output: { again: true },
  })
  await logged(asked.id)
  const { parentCallId } = await ok(owner, 'calls.get', { callId: asked.id })
  expect((await ok(owner, 'calls.get', { callId: parentCallId })).operationId).toBe('calls.repeat')
  // The colleague may read the call, and not use the spoke.
  expect(await ok(colleague, 'calls.repeat', { callId })).toMatchObject({
    repeatOf: callId,
    status: 'failed',
    error: { code: 'OPERATION_NOT_FOUND' },
  })
  const { status, body } = await call(hub, outsider, 'calls.repeat', { callId })
  expect([status, body.code]).toEqual([404, 'CALL_NOT_FOUND'])
})

test('a call whose stored input is not what was sent is not repeated, with the reason', async () => {
  for (const [input, reason] of [
    [{ password: 'hunter2' }, 'redacted'],
    [{ text: 'x'.repeat(11 * 1024) }, 'truncated'],
  ] as const) {
    const callId = await run(input)
    const { status, body } = await call(hub, owner, 'calls.repeat', { callId })
    expect([status, body.code, body.details]).toEqual([409, 'NOT_REPEATABLE', { callId, reason }])
  }
  const unknown = await call(hub, owner, 'no.such', { n: 1 })
  const callId = unknown.body.requestId as string
  await logged(callId)
  expect((await call(hub, owner, 'calls.repeat', { callId })).body.details.reason).toBe('redacted')
})

test('a secret that a repeated call answers is not in the log', async () => {
  await ok(hub.admin, 'keys.create', { name: 'repeated', scopes: [] })
  const created = { operationId: 'keys.create' }
  const listed = async () => (await ok(hub.admin, 'calls.list', created)).items as Listed[]
  await expect.poll(async () => (await listed()).length).toBe(1)
  const [{ callId } = { callId: '' }] = await listed()
  const { output } = await ok(hub.admin, 'calls.repeat', { callId })
  expect(output.key).toMatch(/^alk_/)
  await expect.poll(async () => (await listed()).length).toBe(2)
  const repeats = { operationId: 'calls.repeat' }
  await expect.poll(async () => (await ok(hub.admin, 'calls.list', repeats)).items.length).toBe(1)
  const rows = await hub.database
    .sql`select output from call_log where output like ${`%${output.key}%`}`
  expect(rows).toHaveLength(0)
})

interface Group {
  readonly data: { readonly calls: readonly Listed[]; readonly skipped: number }
  /** Of the error that ended the stream. */
  readonly code?: string
}

/** Ids of the calls that calls.watch shows until `enough`, then the code of the error that ended it. */
async function watch(
  key: TestKey,
  input: object,
  onStart: () => Promise<unknown>,
  enough: (ids: readonly string[]) => boolean,
): Promise<string[]> {
  const leave = new AbortController()
  const response = await fetch(`${hub.gateway}/api/operations/calls.watch`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key.key}`,
      accept: 'text/event-stream',
      'content-type': 'application/json',
    },
    body: JSON.stringify(input),
    signal: leave.signal,
  })
  const found: string[] = []
  let started = false
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString()
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const data of events.flatMap((event) => /^data: ?(.*)$/m.exec(event)?.[1] ?? [])) {
      const event = JSON.parse(data) as Group
      if (event.code !== undefined) return [...found, event.code]
      expect(event.data.skipped).toBe(0)
      found.push(...event.data.calls.map(({ callId }) => callId))
      if (!started) await onStart()
      started = true
    }
    if (enough(found)) break
  }
  leave.abort()
  return found
}

test('calls are watched as they end, each once, with the filters and rights of the list', async () => {
  const made: string[] = []
  const enough = (found: readonly string[]) => made.length === 3 && found.includes(made[2] ?? '')
  const makeThree = async () => {
    for (const code of [undefined, 'BROKEN', undefined]) made.push(await run({ n: 6 }, code))
  }
  const of = { accountId: owner.accountId, operationId: spoke.id('x') }
  expect(await watch(colleague, of, makeThree, enough)).toEqual(made)
  made.length = 0
  const failed = { ...of, status: 'failed' }
  const untilFailed = (found: readonly string[]) => found.length > 0
  expect(await watch(owner, failed, makeThree, untilFailed)).toEqual([made[1]])
  const own = { operationId: 'accounts.me' }
  const asOutsider = async () => {
    await run({ n: 7 })
    await ok(outsider, 'accounts.me')
  }
  const seen = await watch(outsider, own, asOutsider, (found) => found.length > 0)
  expect(seen).toHaveLength(1)
  const [row] = await hub.database.sql<{ account_id: string }[]>`
    select account_id from call_log where id = ${seen[0] ?? ''}`
  expect(row?.account_id).toBe(outsider.accountId)
})

test('a watch ends when its watcher leaves the organization', async () => {
  const member = await hub.createKey(['calls:read'])
  await addMember(hub.database.db, orgId, member.accountId, 'member')
  const leave = async () => {
    await ok(owner, 'orgs.removeMember', { orgId, accountId: member.accountId })
    await run({ n: 8 })
  }
  const seen = await watch(member, { orgId, operationId: spoke.id('x') }, leave, () => false)
  expect(seen).toEqual(['ORG_NOT_FOUND'])
})

test('calls are counted by operation and spoke, as they are made and once their minute is over, with the rights of the list', async () => {
  await run({ n: 1 })
  await run({ n: 2 }, 'BROKEN')
  const operationId = spoke.id('x')
  const activity = (key: TestKey, input: object = {}) =>
    ok(key, 'calls.activity', { operationId, ...input })
  await expect.poll(async () => (await activity(owner)).total.count).toBeGreaterThanOrEqual(2)
  const now = await activity(owner, { windowSeconds: 300 })
  expect(now.operations).toEqual([expect.objectContaining({ operationId })])
  expect(now.operations[0].errors).toBeGreaterThanOrEqual(1)
  expect(now.spokes).toHaveLength(1)
  expect(now.queue).toEqual({ due: 0, running: 0, oldestDueMs: 0 })
  expect(now).not.toHaveProperty('running')

  // As if the calls had been made two hours ago; the coordinator would count the minute once it is over.
  const [moved] = await hub.database.sql<{ count: number }[]>`
    with moved as (update call_log set id = (lpad(to_hex((('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint
      - 7200000)::bigint), 12, '0') || substr(replace(id::text, '-', ''), 13))::uuid
      where operation_name = ${operationId} and account_id = ${owner.accountId} returning 1)
    select count(*)::int as count from moved`
  const from = new Date(Date.now() - 4 * 3_600_000).toISOString()
  const stats = (key: TestKey, input: object = {}) =>
    ok(key, 'calls.stats', { operationId, from, ...input })
  // The job of the coordinator may have the lock: then counting does nothing.
  const counted = async () => {
    await hub.database.sql`
      insert into call_stats_progress values (61, now() - interval '4 hours')
      on conflict (delay_minutes) do update set counted_until = excluded.counted_until`
    await countCallStats(hub.database.db, 86_400_000)
    return (await stats(owner)).items.length
  }
  await expect.poll(counted, { timeout: 20_000 }).toBe(1)
  const { items, countedUntil } = await stats(owner)
  expect(items).toEqual([
    expect.objectContaining({ operationId, spokeId: expect.any(String), count: moved?.count }),
  ])
  expect(items[0].errorRate).toBeCloseTo(items[0].errors / items[0].count, 3)
  expect(Date.parse(countedUntil)).toBeLessThanOrEqual(Date.now())

  // Others: within the organization with calls:read.
  expect((await stats(colleague)).items).toEqual([])
  expect((await stats(colleague, { orgId, by: ['account'] })).items).toEqual([
    expect.objectContaining({ accountId: owner.accountId, count: moved?.count }),
  ])
  for (const operation of ['calls.stats', 'calls.activity']) {
    const foreign = { accountId: owner.accountId }
    expect((await call(hub, outsider, operation, foreign)).body.code).toBe('ACCESS_DENIED')
    expect((await call(hub, outsider, operation, { all: true })).body.code).toBe('ACCESS_DENIED')
    expect((await call(hub, outsider, operation, { orgId })).body.code).toBe('ORG_NOT_FOUND')
  }
  const long = await call(hub, owner, 'calls.stats', { from: '2020-01-01T00:00:00Z' })
  expect([long.status, long.body.code]).toEqual([400, 'VALIDATION_ERROR'])
})

test('the graph shows which operations were called by which, and which output fits which input, with the rights of the list', async () => {
  const name = spoke.id('x')
  const callId = await run({ n: 90 })
  const repeated = ok(owner, 'calls.repeat', { callId })
  const asked = await spoke.asked()
  spoke.answer(asked.id, { done: true })
  await repeated
  const graphOf = (input: object = {}) => ok(owner, 'calls.graph', { limit: 200, ...input })
  const made = async () => {
    const { edges } = (await graphOf()) as { edges: { from: string; to: string; kind: string }[] }
    return edges.filter(({ from, kind }) => from === 'calls.repeat' && kind === 'calls')
  }
  await expect
    .poll(made)
    .toContainEqual({ from: 'calls.repeat', to: name, kind: 'calls', count: expect.any(Number) })
  const graph = await graphOf({ namespace: 'orgs' })
  expect(graph.operations).not.toEqual([])
  for (const { operationId } of graph.operations) expect(operationId).toMatch(/^orgs\./)
  const kindsOf = async (input: object) =>
    (await graphOf(input)).edges.map(({ kind }: { kind: string }) => kind)
  expect(await kindsOf({})).toContain('fits')
  expect(await kindsOf({ fits: false })).not.toContain('fits')
  const other = await ok(outsider, 'calls.graph', { fits: false })
  expect(JSON.stringify(other.operations)).not.toContain(name)
  const foreign = await call(hub, outsider, 'calls.graph', { accountId: owner.accountId })
  expect(foreign.body.code).toBe('ACCESS_DENIED')
})
