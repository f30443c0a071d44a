import { CallError, localEnvelope } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { testEndpoint } from '../testing/test-endpoint.ts'

const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'
const asked = { elicitation: {} }

interface Answer {
  readonly result?: Record<string, never> & { readonly resultType?: string }
  readonly error?: { readonly code: number }
}

/** One operation with these hints, which counts its calls; `run` is its answer. */
function setUp(hints: OperationSpec['hints'], run: (metadata: unknown) => unknown = () => 'done') {
  const calls: unknown[] = []
  const spec = {
    namespace: 'disk',
    name: 'wipe',
    version: '1.0.0',
    type: 'mutation',
    description: '',
    inputSchema: { type: 'object' },
    outputSchema: {},
    accessControl: { requiredScopes: [] },
    hints,
  }
  const entry = { operationId: 'disk.wipe', spec, kind: 'spoke', providers: [] }
  const fetch = testEndpoint({
    runtime: {
      bus: {
        directory: {
          get: () => entry,
          list: () => ({ items: [] }),
          search: () => Promise.resolve([]),
        },
        instances: () => [],
        lookUp: async () => entry,
        open: async (_id: string, input: unknown, options: { metadata: { mcp: unknown } }) => {
          calls.push(input)
          const envelope = localEnvelope(run(options.metadata.mcp), 'disk.wipe')
          return { kind: 'answer', result: { envelope } }
        },
      },
      live: { watch: () => () => undefined, hold: () => undefined },
      logger: {},
      config: { http: { maxBodyBytes: 1024 * 1024 } },
    },
    events: { toolCalled: () => {}, toolFailed: () => {}, protocolError: () => {} },
  })
  /** Calls the operation with a client of 2026-07-28. */
  async function call(
    capabilities: object,
    more: object = {},
    { input = {}, id = 'ada' }: { input?: object; id?: string } = {},
  ): Promise<Answer> {
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'call',
        arguments: { operationId: 'disk.wipe', input },
        ...more,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          [CAPABILITIES]: capabilities,
        },
      },
    }
    const request = new Request('http://hub/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'call',
      },
      body: JSON.stringify(body),
    })
    const response = await fetch(request, { authenticated: { identity: { id, scopes: [] } } })
    return (await response.json()) as Answer
  }
  return { call, calls }
}

/** The answer of the person, with the state of the question. */
function answerTo({ result }: Answer, action: string): object {
  const { requestState } = result as unknown as { requestState: unknown }
  return { inputResponses: { alkhub_consent: { action, content: {} } }, requestState }
}

test('a destructive operation runs after a person has agreed, once (F3)', async () => {
  const { call, calls } = setUp({ destructive: true })
  const question = await call(asked)
  expect(question.result?.resultType).toBe('input_required')
  expect(calls).toEqual([])
  const agreed = answerTo(question, 'accept')
  expect((await call(asked, agreed)).result).toMatchObject({ content: [{ text: 'done' }] })
  expect((await call(asked, agreed)).result).toMatchObject({
    isError: true,
    structuredContent: { code: 'CONFLICT' },
  })
  expect(calls).toHaveLength(1)
})

test.each(['decline', 'cancel'])(
  'a destructive operation does not run after the answer %s',
  async (action) => {
    const { call, calls } = setUp({ destructive: true })
    const answer = await call(asked, answerTo(await call(asked), action))
    expect(answer.result).toMatchObject({ isError: true, structuredContent: { code: 'ABORTED' } })
    expect(calls).toEqual([])
  },
)

test.each([
  ['with other arguments', { input: { all: true } }],
  ['of another account', { id: 'bob' }],
])('an agreement does not count for a call %s', async (_what, other) => {
  const { call, calls } = setUp({ destructive: true })
  const answer = await call(asked, answerTo(await call(asked), 'accept'), other)
  expect(answer.error?.code).toBe(-32602)
  expect(calls).toEqual([])
})

test('an agreement to which the hub did not ask does not count', async () => {
  const { call, calls } = setUp({ destructive: true })
  const inputResponses = { alkhub_consent: { action: 'accept', content: {} } }
  expect((await call(asked, { inputResponses })).result?.resultType).toBe('input_required')
  expect(calls).toEqual([])
})

test.each([
  ['a client that cannot ask a person calls a destructive operation', { destructive: true }, {}],
  ['a client calls what changes nothing', { readOnly: true }, asked],
  ['an operation declares that it needs no consent', { destructive: true, consent: false }, asked],
])('no person is asked when %s', async (_what, hints, capabilities) => {
  const { call, calls } = setUp(hints)
  expect((await call(capabilities)).result).toMatchObject({ content: [{ text: 'done' }] })
  expect(calls).toHaveLength(1)
})

test('an operation that requires consent refuses clients that cannot ask a person', async () => {
  const { call, calls } = setUp({ consent: true })
  expect((await call({})).error?.code).toBe(-32021)
  expect(calls).toEqual([])
})

test('an operation that asks for input gets the answers and its own state back', async () => {
  const seen: unknown[] = []
  const roots = { method: 'roots/list', params: {} }
  const { call } = setUp({}, (metadata) => {
    seen.push(metadata)
    if (seen.length > 1) return 'done'
    const details = { inputRequests: { where: roots }, requestState: { step: 1 } }
    throw new CallError('INPUT_REQUIRED', 'Say where.', details)
  })
  const capabilities = { roots: {} }
  const { result } = await call(capabilities)
  expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { where: roots } })
  const { requestState } = result as unknown as { requestState: string }
  const where = { roots: [{ uri: 'file:///a' }] }
  await call(capabilities, { requestState, inputResponses: { where } })
  expect(seen).toEqual([
    { capabilities },
    { capabilities, inputResponses: { where }, requestState: { step: 1 } },
  ])
  const forged = await call(capabilities, { requestState: `${requestState}x` })
  expect(forged.error?.code).toBe(-32602)
})

test.each([
  ['a method that MCP does not have', { a: { method: 'shell/run', params: {} } }],
  [
    'more than 16 requests',
    Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`r${n}`, { method: 'roots/list' }])),
  ],
  ['none', {}],
])('an operation that asks with %s fails with its error', async (_what, inputRequests) => {
  const { call } = setUp({}, () => {
    throw new CallError('INPUT_REQUIRED', 'Say where.', { inputRequests })
  })
  expect((await call({ roots: {} })).result).toMatchObject({
    isError: true,
    structuredContent: { code: 'INPUT_REQUIRED' },
  })
})
