import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, call } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

const SOON = { timeout: 12_000, interval: 50 }

let hub: TestStack
let names = 0

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
async function done(by: Pick<TestKey, 'key'>, operation: string, input: object): Promise<any> {
  const { body } = await call(hub, by, operation, input)
  expect({ operation, ...body }).toHaveProperty('data')
  return body.data
}

interface Situation {
  readonly owner: TestKey
  readonly user: TestKey
  readonly more?: object
  /** Takes the right to call the spoke from the user. */
  readonly shrink: () => Promise<unknown>
  /** What the calls in flight end with. */
  readonly code: string
}

const situations: Readonly<Record<string, () => Promise<Situation>>> = {
  'a scope is taken from the key': async () => {
    const owner = await hub.createKey(['spokes:attach'])
    const user = await hub.createKey(['hub:read', 't:use'], owner.accountId)
    const { keyId } = user
    return {
      owner,
      user,
      shrink: () => done(hub.admin, 'keys.update', { keyId, scopes: ['hub:read'] }),
      code: 'ACCESS_DENIED',
    }
  },
  'the account leaves the organization of the spoke': async () => {
    const owner = await hub.createKey(['spokes:attach', 'orgs:*', 'projects:*'])
    const user = await hub.createKey(['hub:read', 't:use', 'orgs:*'])
    const { accountId } = user
    const { orgId } = await done(owner, 'orgs.create', { name: `shrinks-${++names}` })
    const project = await done(owner, 'projects.create', { slug: `shrinks-${names}`, orgId })
    await done(owner, 'orgs.invite', { orgId, accountId })
    await done(user, 'orgs.accept', { orgId })
    return {
      owner,
      user,
      more: { projectId: project.projectId },
      shrink: () => done(owner, 'orgs.removeMember', { orgId, accountId }),
      code: 'ACCESS_DENIED',
    }
  },
  'the project of the spoke is deleted': async () => {
    const owner = await hub.createKey(['spokes:attach', 'orgs:*', 'projects:*'])
    const user = await hub.createKey(['hub:read', 't:use', 'orgs:*'])
    const { accountId } = user
    const { orgId } = await done(owner, 'orgs.create', { name: `shrinks-${++names}` })
    const project = await done(owner, 'projects.create', { slug: `shrinks-${names}`, orgId })
    const { projectId } = project
    await done(owner, 'orgs.invite', { orgId, accountId })
    await done(user, 'orgs.accept', { orgId })
    return {
      owner,
      user,
      more: { projectId },
      shrink: () => done(owner, 'projects.delete', { projectId }),
      code: 'ACCESS_DENIED',
    }
  },
  'the account is suspended': async () => {
    const owner = await hub.createKey(['spokes:attach', 'orgs:*', 'projects:*'])
    const user = await hub.createKey(['hub:read', 't:use', 'orgs:*'])
    const { accountId } = user
    const { orgId } = await done(owner, 'orgs.create', { name: `shrinks-${++names}` })
    const project = await done(owner, 'projects.create', { slug: `shrinks-${names}`, orgId })
    await done(owner, 'orgs.invite', { orgId, accountId })
    await done(user, 'orgs.accept', { orgId })
    return {
      owner,
      user,
      more: { projectId: project.projectId },
      shrink: () => done(hub.admin, 'accounts.setStatus', { accountId, status: 'suspended' }),
      code: 'UNAUTHENTICATED',
    }
  },
}

test.for(Object.entries(situations))(
  'when %s, its calls in flight and streams end at WebSocket, HTTP and MCP, and the spoke receives the aborts',
  async ([, make]) => {
    const { owner, user, more, shrink, code } = await make()
    const accessControl = { requiredScopes: ['t:use'] }
    const operations = [
      specOf('hangs', { accessControl }),
      specOf('ticks', { accessControl, type: 'subscription' }),
    ]
    const name = `shrinks-${++names}`
    await using spoke = await HandSpoke.attach(hub.broker, owner.key, name, operations, more)
    await using socket = await PlainSocket.open(hub.broker, user.key)
    const hangs = spoke.id('hangs')
    const schema = () => call(hub, user, 'hub.schema', { operationId: hangs })
    await expect.poll(async () => (await schema()).status, SOON).toBe(200)
    const known = async () =>
      (await socket.call('hub.schema', { operationId: hangs })).type === 'call.responded'
    await expect.poll(known, SOON).toBe(true)

    const overSocket = socket.call(hangs, {})
    const streamedOverSocket = socket.call(spoke.id('ticks'), {})
    const overHttp = call(hub, user, hangs)
    const streamedOverHttp = ask(hub, 'POST', `/api/operations/${spoke.id('ticks')}`, {
      key: user.key,
      body: {},
      headers: { accept: 'text/event-stream' },
    })
    const overMcp = fetch(hub.mcp, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${user.key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-06-18',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 7,
        method: 'tools/call',
        params: { name: 'call', arguments: { operationId: hangs } },
      }),
    }).then((response) => response.text())
    const given = [
      await spoke.asked(),
      await spoke.asked(),
      await spoke.asked(),
      await spoke.asked(),
      await spoke.asked(),
    ]

    await shrink()

    expect((await overSocket).payload).toMatchObject({ code })
    expect((await streamedOverSocket).payload).toMatchObject({ code })
    expect((await overHttp).body).toMatchObject({ code })
    expect(JSON.stringify((await streamedOverHttp).body)).toContain(code)
    expect(await overMcp).toContain(code)
    for (const { id } of given)
      expect(await spoke.received('call.aborted', id)).toMatchObject({ type: 'call.aborted' })
  },
)

test('a call on a spoke of the organization ends when its caller leaves, though a spoke of the caller offers the same name', async () => {
  const owner = await hub.createKey(['spokes:attach', 'orgs:*', 'projects:*'])
  const user = await hub.createKey(['hub:read', 'orgs:*', 'spokes:attach'])
  const { accountId } = user
  const { orgId } = await done(owner, 'orgs.create', { name: `shrinks-${++names}` })
  const slug = `shrinks-${names}`
  const { projectId } = await done(owner, 'projects.create', { slug, orgId })
  await done(owner, 'orgs.invite', { orgId, accountId })
  await done(user, 'orgs.accept', { orgId })
  const pooled = [specOf('pooled', { pool: true })]
  await using spoke = await HandSpoke.attach(hub.broker, owner.key, slug, pooled, { projectId })
  await using socket = await PlainSocket.open(hub.broker, user.key)
  const schema = () => call(hub, user, 'hub.schema', { operationId: 't.pooled' })
  await expect.poll(async () => (await schema()).status, SOON).toBe(200)
  const overHttp = call(hub, user, 't.pooled')
  const overSocket = socket.call('t.pooled', {})
  await spoke.asked()
  await spoke.asked()
  await using own = await HandSpoke.attach(hub.broker, user.key, `${slug}-own`, pooled)
  const ownSchema = () => call(hub, user, 'hub.schema', { operationId: own.id('pooled') })
  await expect.poll(async () => (await ownSchema()).status, SOON).toBe(200)

  await done(owner, 'orgs.removeMember', { orgId, accountId })

  expect((await overHttp).body).toMatchObject({ code: 'ACCESS_DENIED' })
  expect((await overSocket).payload).toMatchObject({ code: 'ACCESS_DENIED' })
})
