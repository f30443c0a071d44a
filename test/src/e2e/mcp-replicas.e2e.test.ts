import type { Spoke } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { attachFixture } from '../conformance/fixture-spoke.ts'
import { call } from '../http.ts'
import { askMcp } from '../mcp-request.ts'
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

interface Listener {
  /** Why its streams ended. */
  readonly ends: string[]
  readonly changes: () => number
  readonly close: () => Promise<void>
}

/** A client of 2026-07-28 that listens to changed prompts, and again whenever the hub ends its stream. */
async function listening(): Promise<Listener> {
  const client = new ModernClient(
    { name: 'test', version: '1' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  )
  let changes = 0
  client.setNotificationHandler('notifications/prompts/list_changed', () => void (changes += 1))
  const options = { requestInit: { headers: { authorization: `Bearer ${hub.admin.key}` } } }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${hub.gateway}/mcp`), options))
  const ends: string[] = []
  const listen = async (): Promise<void> => {
    const { closed } = await client.listen({ promptsListChanged: true })
    void closed.then(async (why) => {
      if (why !== 'local') ends.push(why)
      if (why === 'graceful') await listen().catch((error: unknown) => ends.push(String(error)))
    })
  }
  await listen()
  return { ends, changes: () => changes, close: () => client.close() }
}

test('streams of changes end with an answer and go on at the next replica, and no request for a task fails', async () => {
  const second = await hub.add('mcp')
  const listeners = await Promise.all(Array.from({ length: 4 }, listening))
  const url = `${hub.gateway}/mcp`
  const capabilities = { extensions: { 'io.modelcontextprotocol/tasks': {} } }
  const asked = { key: hub.admin.key, capabilities }
  const failures: unknown[] = []
  const done = new AbortController()
  let completed = 0
  const runTask = async (): Promise<void> => {
    const start = { operationId: 'conformance.slow_compute', input: { seconds: 0.3 } }
    const params = { name: 'call', arguments: start }
    const { result, error } = await askMcp(url, 'tools/call', params, asked)
    for (let status = result?.status; status !== 'completed';) {
      if (status !== 'working') {
        failures.push({ result, error, status })
        return
      }
      await sleep(50)
      const task = await askMcp(url, 'tasks/get', { taskId: result.taskId }, asked)
      status = task.result?.status ?? task
    }
    completed += 1
  }
  const running = Array.from({ length: 3 }, async () => {
    while (!done.signal.aborted)
      await runTask().catch((error: unknown) => failures.push(String(error)))
  })
  const step = async (name: string): Promise<void> => {
    const before = completed
    const received = listeners.map(({ changes }) => changes())
    await call(hub, hub.admin, 'roles.create', { name, mode: 'primary', prompt: 'One.' })
    const hasReceived = (): boolean =>
      listeners.every((one, at) => one.changes() > (received[at] ?? 0))
    await vi.waitUntil(() => failures.length > 0 || (completed >= before + 6 && hasReceived()), {
      timeout: 60_000,
    })
  }
  await step('before')
  await hub.replace('mcp')
  await step('between')
  await second.stop(20_000)
  await step('after')
  done.abort()
  await Promise.all(running)
  expect(failures).toEqual([])
  // Each replica that held a stream has ended it with an answer; none broke.
  const ends = listeners.flatMap((one) => one.ends)
  expect(ends.length).toBeGreaterThanOrEqual(4)
  expect(new Set(ends)).toEqual(new Set(['graceful']))
  await Promise.all(listeners.map(({ close }) => close().catch(() => undefined)))
}, 240_000)
