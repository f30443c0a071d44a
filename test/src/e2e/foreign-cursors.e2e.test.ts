import { SERVICE_OPERATIONS } from '@alkdev/contracts'
import { attachSpoke, query } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { must } from '@alkdev/std'
import { askApproval } from '@alkdev/storage'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

/** Every operation of the contract that answers page by page. */
const LISTS = SERVICE_OPERATIONS.map(({ spec }) => spec)
  .filter(({ inputSchema }) =>
    Object.hasOwn((inputSchema as { properties?: object }).properties ?? {}, 'cursor'),
  )
  .map(({ namespace, name }) => `${namespace}.${name}`)
/** Lists that have no second page here: their rows are counted from finished minutes, come from calls of models, or fill a page with a MiB. */
const WITHOUT_CURSOR = new Set(['calls.stats', 'inference.usage', 'sessions.export'])
/** Operations over the same rows, which take each other's cursors: the messages of a session, and the dead letters. */
const SAME_ROWS = [
  new Set(['sessions.messages', 'sessions.export']),
  new Set(['calls.deadLetters', 'calls.repeatDead']),
]
const haveSameRows = (one: string, other: string): boolean =>
  SAME_ROWS.some((ids) => ids.has(one) && ids.has(other))

let hub: TestStack
const spokes: Spoke[] = []
/** What each operation is called with, beside the cursor. */
const inputs: Record<string, object> = {}
const cursors = new Map<string, string>()

async function ok<T = Record<string, string>>(key: TestKey, id: string, input = {}): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 500)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

beforeAll(async () => {
  hub = await startTestStack()
  const { admin } = hub
  const { orgId = '' } = await ok(admin, 'orgs.create', { name: 'one' })
  await ok(admin, 'orgs.create', { name: 'two' })
  for (const level of ['member', 'member', 'later', 'later']) {
    const other = await hub.createKey(['*'])
    await ok(admin, 'orgs.invite', { orgId, accountId: other.accountId })
    if (level === 'member') await ok(other, 'orgs.accept', { orgId })
  }
  const { projectId = '' } = await ok(admin, 'projects.create', { slug: 'one' })
  await ok(admin, 'projects.create', { slug: 'two' })
  for (const name of ['one', 'two']) {
    await ok(admin, 'workspaces.create', { projectId, name })
    await ok(admin, 'clients.create', {
      name: `client-${name}`,
      type: 'llm-provider',
      config: { baseUrl: 'https://models.example.org/v1' },
    })
    await ok(admin, 'keys.create', { name, scopes: ['hub:read'] })
    const none = Type.Object({})
    const operation = query(
      { id: 'test.ping', description: 'Answers.', input: none, output: none },
      () => ({}),
    )
    const spoke = attachSpoke({
      hub: hub.broker,
      key: admin.key,
      name: `cursor-${name}`,
      operations: [operation],
    })
    spokes.push(spoke)
    await spoke.attached()
  }
  await ok(admin, 'tasks.sync', {
    files: ['one', 'two'].map((id) => ({
      path: `${id}.md`,
      content: `---\nid: ${id}\nname: Task ${id}\nstatus: pending\ndepends_on: []\n---\n\nText.\n`,
    })),
  })
  for (const delayMs of [0, 0, 3_600_000, 3_600_000])
    await ok(admin, 'calls.enqueue', {
      operationId: 'accounts.get',
      input: { accountId: projectId },
      delayMs,
    })
  const template = {
    type: 'sequential',
    children: [{ type: 'operation', props: { name: 'accounts.me' } }],
  }
  let sessionId = ''
  for (const [name, unit] of [
    ['one', 'tokens'],
    ['two', 'requests'],
  ]) {
    const { accountId } = admin
    const budget = { subjectType: 'account', subjectId: accountId, period: 'total', limit: 1000 }
    await ok(admin, 'budgets.set', { ...budget, unit })
    await ok(admin, 'schedules.create', {
      name,
      operationId: 'accounts.me',
      cron: '0 0 1 1 *',
    })
    await ok(admin, 'schedules.runNow', { schedule: 'one' })
    await ok(admin, 'webhooks.create', { name, url: 'http://127.0.0.1:9/' })
    await ok(admin, 'webhooks.test', { webhook: 'one' })
    sessionId = (await ok(admin, 'sessions.create', { title: name }))['sessionId'] ?? ''
    await ok(admin, 'workflows.create', { name, template })
    await ok(admin, 'workflows.run', { name, input: {} })
    await askApproval(hub.database.db, {
      kind: 'question',
      subject: { type: 'test', id: accountId },
      accountId,
      question: 'Is it right?',
    })
  }
  for (const text of ['one', 'two']) await ok(admin, 'sessions.prompt', { sessionId, text })
  for (const id of LISTS) inputs[id] = { limit: 1 }
  inputs['sessions.messages'] = { limit: 1, sessionId }
  inputs['sessions.export'] = { sessionId }
  inputs['schedules.firings'] = { limit: 1, schedule: 'one' }
  inputs['inference.usage'] = { limit: 1, by: 'day' }
  inputs['webhooks.deliveries'] = { limit: 1, webhook: 'one' }
  inputs['orgs.listMembers'] = { limit: 1, orgId }
  inputs['orgs.listInvitations'] = { limit: 1, orgId }
  inputs['workspaces.list'] = { limit: 1, projectId }
  for (const id of LISTS.filter((list) => !WITHOUT_CURSOR.has(list))) {
    // Calls are recorded, and queued calls fail, a little later.
    const nextCursor = await vi.waitUntil(
      async () => (await ok(admin, id, inputs[id]))['nextCursor'],
      {
        timeout: 20_000,
        interval: 100,
      },
    )
    cursors.set(id, must(nextCursor, `a second page of ${id}`))
  }
}, 120_000)
afterAll(async () => {
  await Promise.all(spokes.map((spoke) => spoke.stop({ timeoutMs: 100 })))
  await hub?.[Symbol.asyncDispose]()
})

test('the list operations of the contract are known', () => {
  expect(LISTS.length).toBeGreaterThanOrEqual(13)
  expect(LISTS).toEqual(expect.arrayContaining(['hub.list', 'keys.list', 'audit.list']))
})

test.each(LISTS)(
  '%s continues with its own cursor and refuses that of every other list',
  async (id) => {
    const own = await call(hub, hub.admin, id, { ...inputs[id], cursor: cursors.get(id) })
    expect([id, own.status]).toEqual([id, 200])
    for (const [other, cursor] of cursors) {
      if (other === id || haveSameRows(other, id)) continue
      const { status, body } = await call(hub, hub.admin, id, { ...inputs[id], cursor })
      expect([other, status, body.code]).toEqual([other, 400, 'VALIDATION_ERROR'])
    }
  },
)

test.each(LISTS)('%s refuses every text that is no cursor of its own', async (id) => {
  const own = must(cursors.get(WITHOUT_CURSOR.has(id) ? 'calls.list' : id), id)
  const decoded = Buffer.from(own, 'base64url').toString()
  const hostile = [
    ...['', ' ', '0', 'null', '\u0000', '\ud800', "' or 1=1 --", '../..', '🌍'],
    ...[own.slice(1), own.slice(0, -4), `${own}AAAA`, own.toUpperCase()],
    ...['[]', '{}', 'null', '["a"]', '[[[[1]]]]', '{"__proto__":1}', decoded.slice(0, -1)].map(
      (text) => Buffer.from(text).toString('base64url'),
    ),
    'A'.repeat(100_000),
  ]
  for (const cursor of hostile) {
    const { status, body } = await call(hub, hub.admin, id, { ...inputs[id], cursor })
    expect([cursor.slice(0, 40), status, body.code]).toEqual([
      cursor.slice(0, 40),
      400,
      'VALIDATION_ERROR',
    ])
  }
  for (const cursor of [1, null, {}, [own], true]) {
    const { status } = await call(hub, hub.admin, id, { ...inputs[id], cursor })
    expect([cursor, status]).toEqual([cursor, 400])
  }
})

test('a cursor of another account shows nothing of that account', async () => {
  const other = await hub.createKey(['*'])
  for (const [id, cursor] of cursors) {
    const { status, body } = await call(hub, other, id, { ...inputs[id], cursor })
    expect([id, status < 500]).toEqual([id, true])
    if (status !== 200) continue
    // What every account sees, such as the operations and roles of the hub, may continue.
    const without = await call(hub, other, id, { ...inputs[id], limit: 200 })
    for (const item of body.data.items as unknown[])
      expect(without.body.data.items).toContainEqual(item)
  }
})

test('the HTTP list of operations refuses the cursors of other lists', async () => {
  for (const [other, cursor] of cursors) {
    if (other === 'hub.list') continue
    const path = `/api/operations?limit=1&cursor=${encodeURIComponent(cursor)}`
    const { status, body } = await ask(hub, 'GET', path, { key: hub.admin.key })
    expect([other, status, body.code]).toEqual([other, 400, 'VALIDATION_ERROR'])
  }
})
