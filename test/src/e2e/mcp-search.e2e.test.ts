import { Secret } from '@alkdev/crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

const PATIENCE = { timeout: 60_000 }
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

let search: object | undefined
let hub: TestStack
let provider: FakeProvider

beforeAll(async () => {
  provider = await startFakeProvider()
  hub = await startTestStack(
    {},
    { onConfig: (config) => (search === undefined ? config : { ...config, search }) },
  )
  await call(hub, hub.admin, 'clients.create', {
    name: 'fake',
    type: 'llm-provider',
    config: { baseUrl: provider.url },
  })
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
})

async function found(query: string): Promise<string[]> {
  const response = await fetch(hub.mcp, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${hub.admin.key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'search',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'search', arguments: { query, limit: 5 }, _meta: META },
    }),
  })
  const text = await response.text()
  const line = text.split('\n').find((one) => one.startsWith('data: {'))
  const { result } = JSON.parse(line?.slice('data: '.length) ?? text) as {
    result: { structuredContent: { items: { operationId: string }[] } }
  }
  return result.structuredContent.items.map(({ operationId }) => operationId)
}

test('embeddings of a provider find operations by words that the hub does not know', async () => {
  expect(await found('qwertz')).toEqual([])
  const { key } = await hub.createKey(['inference:use'], hub.admin.accountId)
  search = { embeddings: 'fake/concepts', key: new Secret(key), queryTimeoutMs: 10_000 }
  await hub.restart('mcp')
  const first = async (query: string): Promise<string> => (await found(query))[0] ?? ''
  await expect.poll(() => first('qwertz'), PATIENCE).toMatch(/^budgets\./)
  await expect.poll(() => first('zuiop'), PATIENCE).toMatch(/^webhooks\./)
  expect(await first('budgets.list')).toBe('budgets.list')
  const batches = provider.seen.filter(({ path }) => path === '/v1/embeddings')
  expect(batches[0]?.body).toMatchObject({ model: 'concepts', encoding_format: 'float' })
})

test('without its provider the search answers by the words alone', async () => {
  await provider[Symbol.asyncDispose]()
  expect((await found('list the budgets of an account'))[0]).toMatch(/^budgets\./)
  expect(await found('uiopqwertz')).toEqual([])
})
