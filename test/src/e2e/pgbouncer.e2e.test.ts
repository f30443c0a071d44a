import { createTestDatabase, hasPgbouncer, NO_PGBOUNCER, startPgbouncer } from '@alkdev/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, call, callTool } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startProcessHub } from '../process-hub.ts'
import type { ProcessHub } from '../process-hub.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

// B12: the services as they are, behind the real PgBouncer in transaction mode.
if (!hasPgbouncer) console.log(NO_PGBOUNCER)

describe.skipIf(!hasPgbouncer)('behind PgBouncer in transaction mode', () => {
  const stack = new AsyncDisposableStack()
  let hub: ProcessHub

  beforeAll(async () => {
    const database = stack.use(await createTestDatabase())
    const pooler = stack.use(await startPgbouncer(database.url))
    hub = stack.use(
      await startProcessHub({
        postgresUrl: database.url,
        servicesUrl: pooler.url,
        sections: { postgres: { pooler: true } },
      }),
    )
  }, 240_000)
  afterAll(() => stack.disposeAsync())

  test('all five services start and serve calls, side by side', async () => {
    const slugs = Array.from({ length: 30 }, (_, at) => `project-${at}`)
    const made = await Promise.all(
      slugs.map((slug) => call(hub, hub.admin, 'projects.create', { slug })),
    )
    expect(made.map(({ status }) => status)).toEqual(slugs.map(() => 200))
    const listed = await call(hub, hub.admin, 'projects.list', { limit: 100 })
    expect(listed.body.data.items.map(({ slug }: { slug: string }) => slug).toSorted()).toEqual(
      slugs.toSorted(),
    )
    const models = await ask(hub, 'GET', '/v1/models', { key: hub.admin.key })
    expect(models).toMatchObject({ status: 200, body: { object: 'list' } })
    const once = { operationId: 'accounts.me', idempotencyKey: 'once' }
    const answers = [await callTool(hub, hub.admin, once), await callTool(hub, hub.admin, once)]
    expect(answers[0]).toMatchObject({ isError: false, data: { accountId: hub.admin.accountId } })
    expect(answers[1]).toEqual(answers[0])
  })

  test('keys are made, serve, are limited by their scopes, and are good nowhere once they are revoked', async () => {
    const created = await call(hub, hub.admin, 'keys.create', {
      name: 'narrow',
      scopes: ['projects:read', 'inference:use', 'hub:read'],
    })
    expect(created.status).toBe(200)
    const { key, keyId } = created.body.data as { key: string; keyId: string }
    const entryPoints = async (): Promise<unknown[]> => [
      (await call(hub, { key }, 'projects.list')).status,
      (await ask(hub, 'GET', '/v1/models', { key })).status,
      (await callTool(hub, { key }, { operationId: 'projects.list' })).status,
    ]
    expect(await entryPoints()).toEqual([200, 200, 200])
    expect((await call(hub, { key }, 'projects.create', { slug: 'no' })).status).not.toBe(200)
    const socket = await PlainSocket.open(hub.broker, key)
    expect((await call(hub, hub.admin, 'keys.revoke', { keyId })).status).toBe(200)
    expect((await socket.closed).code).toBe(4401)
    await expect.poll(entryPoints, { timeout: 20_000, interval: 100 }).toEqual([401, 401, 401])
  })

  test('a spoke registers, is called, registers again and unregisters', async () => {
    const spoke = await HandSpoke.attach(hub.broker, hub.admin.key, 'pooled', [specOf('work')])
    for (const n of [1, 2]) {
      const pending = call(hub, hub.admin, spoke.id('work'), { n })
      const asked = await spoke.asked()
      expect(asked.payload.input).toEqual({ n })
      spoke.answer(asked.id, n)
      expect((await pending).body.data).toBe(n)
    }
    await spoke.socket.call('hub.unregister', {})
    expect((await spoke.socket.closed).code).toBe(1000)
    await using again = await HandSpoke.attach(hub.broker, hub.admin.key, 'pooled', [
      specOf('other'),
    ])
    const pending = call(hub, hub.admin, again.id('other'))
    again.answer((await again.asked()).id, 'again')
    expect((await pending).body.data).toBe('again')
  })
})
