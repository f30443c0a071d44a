import type { BusCallOptions, DirectoryEntry } from '@alkdev/bus'
import { localEnvelope } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { CallHistory } from './call-history.ts'
import { callTool, queryTool } from './call-tool.ts'
import type { McpHub } from './call-operation.ts'
import type { ToolCall } from './tool.ts'

interface Opened {
  readonly operationId: string
  readonly input: unknown
  readonly options: BusCallOptions
}

/** A hub whose bus has one operation and answers each call with its input. */
function setUp(more: Partial<OperationSpec> = {}) {
  const opened: Opened[] = []
  const watched: { ended: boolean; end?: (reason: Error) => void } = { ended: false }
  const spec = {
    namespace: 'fs',
    name: 'op',
    version: '1.0.0',
    type: 'query',
    description: '',
    inputSchema: { type: 'object' },
    outputSchema: {},
    accessControl: { requiredScopes: [] },
    ...more,
  } as OperationSpec
  const entry = { operationId: 'fs.op', spec, kind: 'spoke', providers: [] } as DirectoryEntry
  const find = (operationId: string) => (operationId === 'fs.op' ? entry : undefined)
  const hub = {
    logger: {},
    bus: {
      directory: { get: find, list: () => ({ items: [] }), search: () => [] },
      instances: () => [],
      lookUp: async (operationId: string) => find(operationId),
      open: async (operationId: string, input: unknown, options: BusCallOptions) => {
        opened.push({ operationId, input, options })
        return { kind: 'answer', result: { envelope: localEnvelope(input, operationId) } }
      },
    },
    live: {
      watch: ({ end }: { readonly end: (reason: Error) => void }) => {
        watched.end = end
        return () => void (watched.ended = true)
      },
    },
  } as unknown as McpHub
  const ending = new AbortController()
  const call = {
    callId: 'call-1',
    authenticated: { identity: { id: 'ada', scopes: ['*'] } },
    from: { ip: '192.0.2.1' },
    signal: ending.signal,
    endCall: (reason: Error) => ending.abort(reason),
  } as unknown as ToolCall
  return { hub, call, opened, watched }
}

test('call passes input, deadline, caller and origin to the bus and returns the answer', async () => {
  const { hub, call, opened, watched } = setUp({ type: 'mutation' })
  const input = { operationId: 'fs.op', input: { a: 1 }, deadlineMs: 5000 }
  const result = await callTool(hub).run(input, call)
  expect(JSON.stringify(result)).toContain(String.raw`{\"a\":1}`)
  expect(opened).toMatchObject([
    {
      operationId: 'fs.op',
      input: { a: 1 },
      options: {
        callId: 'call-1',
        timeoutMs: 5000,
        principal: call.authenticated.identity,
        metadata: { via: 'mcp', ip: '192.0.2.1' },
      },
    },
  ])
  expect(watched.ended).toBe(true)
})

test('an answered call is counted for the searches of its caller', async () => {
  const { hub, call } = setUp()
  const history = new CallHistory()
  await callTool({ ...hub, history }).run({ operationId: 'fs.op' }, call)
  expect(history.factorFor('ada')?.('fs.op')).toBeGreaterThan(1)
})

test('call without input and deadline sends an empty object and 30 seconds', async () => {
  const { hub, call, opened } = setUp()
  await callTool(hub).run({ operationId: 'fs.op' }, call)
  expect(opened).toMatchObject([{ input: {}, options: { timeoutMs: 30_000 } }])
})

test('call reads the JSON text of an object as the object', async () => {
  const { hub, call, opened } = setUp()
  await callTool(hub).run({ operationId: 'fs.op', input: '{"a":1}' }, call)
  expect(opened).toMatchObject([{ input: { a: 1 } }])
})

test('call with an outdated schema hash is a conflict, and nothing is called', async () => {
  const { hub, call, opened } = setUp()
  const input = { operationId: 'fs.op', schemaHash: 'old' }
  await expect(callTool(hub).run(input, call)).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(opened).toEqual([])
})

test('the signal of a call aborts when its key ends', async () => {
  const { hub, call, opened, watched } = setUp()
  await callTool(hub).run({ operationId: 'fs.op' }, call)
  const reason = new Error('revoked')
  watched.end?.(reason)
  expect(opened[0]?.options.signal?.reason).toBe(reason)
})

test.each([
  ['a mutation', { type: 'mutation' }],
  ['a destructive query', { type: 'query', hints: { destructive: true } }],
  ['a query that is not read-only', { type: 'query', hints: { readOnly: false } }],
  ['a subscription without a hint', { type: 'subscription' }],
] as const)('query refuses %s, and nothing is called', async (_, spec) => {
  const { hub, call, opened } = setUp(spec)
  await expect(queryTool(hub).run({ operationId: 'fs.op' }, call)).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
  expect(opened).toEqual([])
})

test.each([
  ['a query', { type: 'query' }],
  ['a read-only subscription', { type: 'subscription', hints: { readOnly: true } }],
] as const)('query calls %s', async (_, spec) => {
  const { hub, call, opened } = setUp(spec)
  await queryTool(hub).run({ operationId: 'fs.op' }, call)
  expect(opened).toHaveLength(1)
})
