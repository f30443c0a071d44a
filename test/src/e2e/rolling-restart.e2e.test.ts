import { sleep } from '@alkdev/std'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestService } from '../test-stack.ts'

let hub: TestStack

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'test', version: '1.0.0' },
  },
}

test.each<[TestService, string, unknown]>([
  ['coordinator', '/api/operations/projects.list', {}],
  ['mcp', '/mcp', initialize],
  ['inference-proxy', '/v1/models', undefined],
])(
  'no request fails while the %s is replaced twice under load (V9)',
  async (service, path, body) => {
    const done = new AbortController()
    const statuses: number[] = []
    const failures: string[] = []
    const client = async (): Promise<void> => {
      while (!done.signal.aborted) {
        const response = await fetch(hub.gateway + path, {
          method: body === undefined ? 'GET' : 'POST',
          headers: {
            authorization: `Bearer ${hub.admin.key}`,
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        })
        const text = await response.text()
        statuses.push(response.status)
        if (response.status !== 200) failures.push(text)
        await sleep(5)
      }
    }
    const clients = Array.from({ length: 4 }, client)
    for (let round = 0; round < 2; round++) {
      await hub.replace(service)
      const before = statuses.length
      await vi.waitUntil(() => statuses.length >= before + 20, { timeout: 30_000 })
    }
    done.abort()
    await Promise.all(clients)
    expect(failures).toEqual([])
    expect(statuses.length).toBeGreaterThan(40)
  },
  120_000,
)
