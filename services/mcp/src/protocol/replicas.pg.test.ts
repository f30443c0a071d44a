import { Client as ModernClient } from '@modelcontextprotocol/client'
import { StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestMcp } from '../testing/test-mcp.ts'
import type { TestMcp } from '../testing/test-mcp.ts'

const WIPE = 'dev.probe.probe.wipe'

let mcp: TestMcp
let urls: readonly string[]

beforeAll(async () => {
  mcp = await startTestMcp()
  urls = [mcp.url, await mcp.addReplica()]
  for (const url of urls)
    await vi.waitUntil(async () => (await schemaAt(url)).includes('destroys'), { timeout: 20_000 })
})
afterAll(() => mcp?.[Symbol.asyncDispose]())

async function schemaAt(url: string): Promise<string> {
  const client = new ModernClient({ name: 'test', version: '1' })
  const requestInit = { headers: { authorization: `Bearer ${mcp.key}` } }
  await client.connect(new ModernTransport(new URL(url), { requestInit }))
  const answer = await client.callTool({ name: 'schema', arguments: { operationId: WIPE } })
  await client.close()
  return JSON.stringify(answer)
}

/** Sends each request to the other replica than the one before. */
function alternating(): (input: string | URL, init?: RequestInit) => Promise<Response> {
  let sent = 0
  return (_input, init) => fetch(urls[sent++ % urls.length] ?? '', init)
}

const info = { name: 'test', version: '1' }
const request = { name: 'call', arguments: { operationId: WIPE } }
const options = () => ({
  fetch: alternating(),
  requestInit: { headers: { authorization: `Bearer ${mcp.key}` } },
})

test.each([
  ['accept', { content: [{ text: 'wiped' }] }, 1],
  ['decline', { isError: true, structuredContent: { code: 'ABORTED' } }, 0],
] as const)(
  'a client of 2025-11-25 answers %s at another replica than that of the call (F3)',
  async (action, result, runs) => {
    const client = new Client(info, { capabilities: { elicitation: {} } })
    const asked: string[] = []
    client.setRequestHandler(ElicitRequestSchema, ({ params: { message } }) => {
      asked.push(message)
      return { action, content: {} }
    })
    await client.connect(new StreamableHTTPClientTransport(new URL(mcp.url), options()))
    const before = mcp.calls.length
    expect(await client.callTool(request)).toMatchObject(result)
    expect(asked).toEqual([expect.stringContaining(WIPE)])
    expect(mcp.calls.length - before).toBe(runs)
    await client.close()
  },
)

test.each([
  ['accept', { content: [{ text: 'wiped' }] }, 1],
  ['decline', { isError: true, structuredContent: { code: 'ABORTED' } }, 0],
] as const)(
  'a client of 2026-07-28 answers %s at another replica than the one that asked (F3)',
  async (action, result, runs) => {
    const client = new ModernClient(info, {
      capabilities: { elicitation: {} },
      versionNegotiation: { mode: { pin: '2026-07-28' } },
    })
    client.setRequestHandler('elicitation/create', () => ({ action, content: {} }))
    await client.connect(new ModernTransport(new URL(mcp.url), options()))
    const before = mcp.calls.length
    expect(await client.callTool(request)).toMatchObject(result)
    expect(mcp.calls.length - before).toBe(runs)
    await client.close()
  },
)

test('a client that cannot ask a person calls a destructive operation without a question', async () => {
  const client = new Client(info)
  await client.connect(new StreamableHTTPClientTransport(new URL(mcp.url), options()))
  expect(await client.callTool(request)).toMatchObject({ content: [{ text: 'wiped' }] })
  await client.close()
})
