import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createMCPClient } from '@ai-sdk/mcp'
import type { Spoke } from '@alkdev/spoke'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attachFixture } from '../conformance/fixture-spoke.ts'
import { startKeyRelay } from '../conformance/key-relay.ts'
import { failuresOf, runSuite, scoredScenarios } from '../conformance/run-suite.ts'
import type { Check, Scenarios } from '../conformance/run-suite.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

let hub: TestStack
let spoke: Spoke

beforeAll(async () => {
  hub = await startTestStack({ mcpNative: { operations: ['conformance.*'] } })
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  spoke = await attachFixture(hub.broker, key)
})
afterAll(async () => {
  await spoke?.stop({ timeoutMs: 0 })
  await hub?.[Symbol.asyncDispose]()
})

/** Why a scenario did not pass; empty when it did. A scenario without a check that succeeded did not. */
function reasons(found: Scenarios, name: string): string[] {
  const checks = found.get(name) ?? []
  const hasPassed = checks.some(
    ({ id, status }) => status === 'SUCCESS' && id !== 'wire-schema-valid',
  )
  if (!hasPassed) return [`${name}: nothing passed`]
  return [...failuresOf(checks), ...withoutTool(checks)].map((why) => `${name}: ${why}`)
}

/** Checks of questions to the client that any error passes, also that of a tool that is not there. */
function withoutTool(checks: readonly Check[]): string[] {
  return checks
    .filter(({ id, details }) => id.startsWith('sep-2322-') && isUnknownTool(details))
    .map(({ id }) => `${id}: there is no such tool`)
}

function isUnknownTool(details: unknown): boolean {
  return JSON.stringify(details ?? null).includes('Unknown tool')
}

test.each([
  ['2025-11-25', 30],
  ['2026-07-28', 37],
])(
  'every scored scenario of %s passes at the native catalog, through the broker and a spoke',
  async (revision, count) => {
    await using relay = await startKeyRelay(`${hub.mcp}/native`, hub.admin.key)
    const scored = await scoredScenarios(revision)
    expect(scored).toHaveLength(count)
    const found = await runSuite(relay.url, revision)
    const failures = scored.flatMap((name) => reasons(found, name))
    const passed = scored.filter((name) => reasons(found, name).length === 0).length
    const others = [...found.keys()].filter((name) => !scored.includes(name))
    const unscored = others.filter((name) => reasons(found, name).length === 0)
    process.stdout.write(
      `MCP conformance ${revision}: ${passed} of ${count} scored scenarios; unscored ${unscored.length} of ${others.length}\n`,
    )
    expect(failures).toEqual([])
  },
  300_000,
)

/** The scenarios that need no fixture. All but the last one of 2026-07-28 are scored. */
const WITHOUT_FIXTURE = {
  '2025-11-25': [
    'server-initialize',
    'ping',
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'prompts-list',
    'dns-rebinding-protection',
  ],
  '2026-07-28': [
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'prompts-list',
    'caching',
    'input-required-result-unsupported-methods',
    'sep-2164-resource-not-found',
    'dns-rebinding-protection',
    'http-header-validation',
  ],
}

test.each(Object.entries(WITHOUT_FIXTURE))(
  'the five tools pass the scenarios of %s that need no fixture, and no other one passes without its fixture',
  async (revision, names) => {
    await using relay = await startKeyRelay(hub.mcp, hub.admin.key)
    const found = await runSuite(relay.url, revision)
    expect(names.flatMap((name) => reasons(found, name))).toEqual([])
    const scored = await scoredScenarios(revision)
    const passed = scored.filter((name) => reasons(found, name).length === 0)
    expect(passed.toSorted()).toEqual(names.filter((name) => scored.includes(name)).toSorted())
  },
  300_000,
)

const headers = () => ({ authorization: `Bearer ${hub.admin.key}` })

test('the MCP client of the AI SDK finds and calls an operation, with the five tools and as a native tool', async () => {
  const five = await createMCPClient({
    transport: { type: 'http', url: hub.mcp, headers: headers() },
  })
  const native = await createMCPClient({
    transport: { type: 'http', url: `${hub.mcp}/native`, headers: headers() },
  })
  const options = { toolCallId: 'c1', messages: [], context: undefined }
  const tools = await five.tools()
  expect(Object.keys(tools).toSorted()).toEqual(['call', 'list', 'query', 'schema', 'search'])
  const found = await tools['search']?.execute({ query: 'static text resource' }, options)
  expect(JSON.stringify(found)).toContain('conformance.static_text')
  const operationId = 'conformance.simple_text'
  const text = 'This is a simple text response for testing.'
  const called = await tools['call']?.execute({ operationId }, options)
  expect(called).toMatchObject({ content: [{ type: 'text', text }] })
  const own = await (await native.tools())['test_simple_text']?.execute({}, options)
  expect(own).toMatchObject({ content: [{ type: 'text', text }] })
  await Promise.all([five.close(), native.close()])
})

test('mcp-remote relays a client on stdio to the hub', async () => {
  const { resolve } = createRequire(import.meta.url)
  const home = await mkdtemp(join(tmpdir(), 'alkhub-mcp-remote-'))
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [
        join(dirname(resolve('mcp-remote/package.json')), 'dist/proxy.js'),
        hub.mcp,
        '--allow-http',
        '--transport',
        'http-only',
        '--header',
        `Authorization: Bearer ${hub.admin.key}`,
      ],
      env: { HOME: home, MCP_REMOTE_CONFIG_DIR: home },
      stderr: 'ignore',
    }),
  )
  const called = await client.callTool({
    name: 'query',
    arguments: { operationId: 'conformance.template', input: { id: '7' } },
  })
  expect(called).toMatchObject({ structuredContent: { id: '7', templateTest: true } })
  await client.close()
  await rm(home, { recursive: true, force: true })
}, 60_000)

test('a client of 2025-11-25 gets notifications of changed lists and of resources that it watches', async () => {
  const client = new Client({ name: 'test', version: '1' })
  const updated = Promise.withResolvers<string>()
  const changed = Promise.withResolvers<void>()
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params: { uri } }) =>
    updated.resolve(uri),
  )
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => changed.resolve())
  const requestInit = { headers: headers() }
  const url = new URL(`${hub.mcp}/native`)
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }))
  await client.subscribeResource({ uri: 'test://watched-resource' })
  expect(await updated.promise).toBe('test://watched-resource')
  await client.callTool({ name: 'test_trigger_tool_change' })
  await changed.promise
  await client.close()
}, 60_000)
