import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freePort, startRedis } from '@alkdev/cli/local-servers'
import { createInferenceProxy } from '@alkdev/inference-proxy'
import { KEY_PREFIX } from '@alkdev/service'
import type { RunningService } from '@alkdev/service'
import { createTestConfig } from '@alkdev/service/testing'
import { must } from '@alkdev/std'
import { createAccount, createClient, createDrizzleKeyStore, openDatabase } from '@alkdev/storage'
import { setBudget } from '@alkdev/storage/inference'
import { createTestDatabase } from '@alkdev/testing'
import { createKeys } from 'keypal'
import { expect, test } from 'vitest'

test('while Redis is stopped, a proxy that fails closed refuses calls with a limit, another one lets them through, and calls without a limit pass both', async () => {
  await using stack = new AsyncDisposableStack()
  const upstream = createServer((_request, answer) => {
    const message = { role: 'assistant', content: 'ok' }
    answer
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }))
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  stack.defer(() => void upstream.close())
  const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`

  const postgres = stack.use(await createTestDatabase())
  const database = stack.use(await openDatabase(postgres.url, { max: 2 }))
  const port = await freePort()
  let redis = await startRedis({ port })
  stack.defer(() => redis[Symbol.asyncDispose]())

  const { id: ownerId } = await createAccount(database.db, { email: 'owner@example.org' })
  const client = { name: 'acme', type: 'llm-provider', config: { baseUrl }, ownerId } as const
  await createClient(database.db, client, {})
  const keys = stack.use(
    createKeys({ prefix: KEY_PREFIX, storage: createDrizzleKeyStore(database.db) }),
  )
  const createKey = () => keys.create({ ownerId, scopes: ['inference:use'] })
  const [limited, free] = [await createKey(), await createKey()]
  await setBudget(database.db, {
    ...{ subjectType: 'key', subjectId: limited.record.id, model: '', unit: 'concurrency' },
    ...{ period: 'total', limitAmount: 3, maxOutputTokens: null, createdBy: ownerId },
  })

  const start = async (failClosed: boolean): Promise<RunningService> => {
    const config = await createTestConfig('inference-proxy', {
      postgresUrl: postgres.url,
      redisUrl: redis.url,
      prefix: 'closed',
      sections: { outbound: { allow: ['127.0.0.0/8'] }, inference: { failClosed } },
    })
    const service = await createInferenceProxy(config, new AbortController().signal)
    stack.defer(() => service.stop(0))
    return service
  }
  const [closed, open] = [await start(true), await start(false)]
  const call = async ({ url }: RunningService, key: string | undefined): Promise<number> => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${must(key)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'acme/m', messages: [], max_tokens: 5 }),
    })
    await response.text()
    return response.status
  }
  const statuses = async (): Promise<readonly number[]> => [
    await call(closed, limited.key),
    await call(open, limited.key),
    await call(closed, free.key),
    await call(open, free.key),
  ]
  expect(await statuses()).toEqual([200, 200, 200, 200])

  await redis[Symbol.asyncDispose]()
  expect(await statuses()).toEqual([503, 200, 200, 200])

  redis = await startRedis({ port })
  await expect.poll(statuses, { timeout: 20_000 }).toEqual([200, 200, 200, 200])
}, 60_000)
