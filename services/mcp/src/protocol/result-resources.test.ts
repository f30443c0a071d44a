import { localEnvelope } from '@alkdev/operations'
import { Client as ModernClient } from '@modelcontextprotocol/client'
import { StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { expect, test } from 'vitest'
import { ResultStore } from '../results/result-store.ts'
import { testEndpoint } from '../testing/test-endpoint.ts'

const whole = 'x'.repeat(100_000)

/** A handler over a hub whose operations all answer with a long text. */
function setUp() {
  const entries = new Map<string, string>()
  const results = new ResultStore(
    {
      incr: async () => 1,
      expire: async () => 1,
      get: async (key) => entries.get(key) ?? null,
      set: async (key, value) => entries.set(key, value),
    },
    'hub',
  )
  const context = {
    results,
    runtime: {
      bus: {
        directory: {
          list: () => ({ items: [] }),
          search: () => Promise.resolve([]),
          get: () => undefined,
        },
        lookUp: async () => undefined,
        instances: () => [],
        open: async () => ({
          kind: 'answer',
          result: { envelope: localEnvelope(whole, 'a.b') },
        }),
      },
      live: { watch: () => () => undefined, hold: () => undefined },
      logger: {},
      config: { http: { maxBodyBytes: 1024 * 1024 } },
    },
    events: { toolCalled: () => {}, toolFailed: () => {}, protocolError: () => {} },
  }
  const fetch = testEndpoint(context)
  const fetchAs =
    (id: string) =>
    (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
      fetch(new Request(input, init), { authenticated: { identity: { id, scopes: ['*'] } } })
  return { fetchAs }
}

interface Connected {
  callTool(params: object): Promise<unknown>
  readResource(params: { uri: string }): Promise<unknown>
  close(): Promise<void>
}

async function connect(era: string, fetch: ReturnType<ReturnType<typeof setUp>['fetchAs']>) {
  const url = new URL('http://hub/mcp')
  const info = { name: 'test', version: '1' }
  if (era === '2025-11-25') {
    const client = new Client(info)
    await client.connect(new StreamableHTTPClientTransport(url, { fetch }))
    return client as unknown as Connected
  }
  const client = new ModernClient(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  await client.connect(new ModernTransport(url, { fetch }))
  return client as unknown as Connected
}

test.each(['2025-11-25', '2026-07-28'])(
  'a long result is cut, and only its caller reads the rest, with a client of %s (F8)',
  async (era) => {
    const { fetchAs } = setUp()
    const client = await connect(era, fetchAs('ada'))
    const result = (await client.callTool({
      name: 'call',
      arguments: { operationId: 'a.b', input: {} },
    })) as { content: { text?: string; uri?: string }[]; _meta?: object }
    const callId = expect.stringMatching(/^[0-9a-f-]{36}$/) as string
    expect(result._meta).toMatchObject({ 'alkhub/callId': callId })
    const [first, , link] = result.content
    const uri = link?.uri ?? ''
    const rest = (await client.readResource({ uri })) as { contents: { text?: string }[] }
    expect(`${first?.text}${rest.contents[0]?.text}`).toBe(whole)
    const other = await connect(era, fetchAs('bob'))
    await expect(other.readResource({ uri })).rejects.toThrow(/not found|missing/i)
    await client.close()
    await other.close()
  },
)
