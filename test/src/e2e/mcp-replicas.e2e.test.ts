import type { Spoke } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { attachFixture } from '../conformance/fixture-spoke.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

const CALL = {
  name: 'call',
  arguments: { operationId: 'conformance.template', input: { id: '7' } },
}

let hub: TestStack
let spoke: Spoke

beforeAll(async () => {
  hub = await startTestStack()
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  spoke = await attachFixture(hub.broker, key)
})
afterAll(async () => {
  await spoke?.stop({ timeoutMs: 0 })
  await hub?.[Symbol.asyncDispose]()
})

interface Caller {
  readonly call: () => Promise<unknown>
  readonly close: () => Promise<void>
}

async function connected(era: 'legacy' | 'modern'): Promise<Caller> {
  const url = new URL(`${hub.gateway}/mcp`)
  const options = { requestInit: { headers: { authorization: `Bearer ${hub.admin.key}` } } }
  const info = { name: 'test', version: '1' }
  if (era === 'modern') {
    const client = new ModernClient(info, {
      versionNegotiation: { mode: { pin: '2026-07-28' } },
    })
    await client.connect(new StreamableHTTPClientTransport(url, options))
    return { call: () => client.callTool(CALL), close: () => client.close() }
  }
  const client = new Client(info)
  await client.connect(new LegacyTransport(url, options))
  return { call: () => client.callTool(CALL), close: () => client.close() }
}

test('no call of connected clients of both eras fails while the replicas of the MCP service are replaced', async () => {
  const second = await hub.add('mcp')
  const callers = await Promise.all([
    ...Array.from({ length: 3 }, () => connected('legacy')),
    ...Array.from({ length: 3 }, () => connected('modern')),
  ])
  const done = new AbortController()
  const failures: unknown[] = []
  let answers = 0
  const run = async ({ call }: Caller): Promise<void> => {
    while (!done.signal.aborted) {
      const answer = await call().catch((error: unknown) => ({ error: String(error) }))
      const { structuredContent } = answer as {
        readonly structuredContent?: { readonly id?: string }
      }
      if (structuredContent?.id === '7') answers += 1
      else failures.push(answer)
      await sleep(5)
    }
  }
  const running = callers.map(run)
  const more = async (): Promise<void> => {
    const before = answers
    await vi.waitUntil(() => answers >= before + 50 || failures.length > 0, { timeout: 60_000 })
  }
  await more()
  // The first replica is replaced by a new one, then the second one drains and leaves.
  await hub.replace('mcp')
  await more()
  await second.stop(20_000)
  await more()
  done.abort()
  await Promise.all(running)
  await Promise.all(callers.map(({ close }) => close().catch(() => undefined)))
  expect(failures).toEqual([])
}, 240_000)
