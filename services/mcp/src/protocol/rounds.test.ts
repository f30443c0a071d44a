import { CallError, localEnvelope } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { STARTED, testEndpoint } from '../testing/test-endpoint.ts'

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
  const ofHub = { spec: { ...spec, hints: {} }, kind: 'service', providers: [] }
  const read = { ...ofHub, spec: { ...ofHub.spec, type: 'query' } }
  const fetch = testEndpoint({
    runtime: {
      bus: {
        directory: {
          get: () => entry,
          list: () => ({ items: [] }),
          search: () => Promise.resolve([]),
        },
        instances: () => [],
        lookUp: async (operationId: string) => {
          if (operationId === 'hub.schema') return { operationId, ...read }
          if (operationId.startsWith('disk.')) return entry
          return { operationId, ...ofHub, ...(operationId === 'fs.read' && { kind: 'spoke' }) }
        },
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
    {
      input = {},
      id = 'ada',
      operationId = 'disk.wipe',
    }: { input?: object; id?: string; operationId?: string } = {},
  ): Promise<Answer> {
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'call',
        arguments: { operationId, input },
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

test('a question of an operation to a person names the operation', async () => {
  const ask = { method: 'elicitation/create', params: { message: 'Your key?' } }
  const { call } = setUp({}, () => {
    throw new CallError('INPUT_REQUIRED', 'Say it.', { inputRequests: { ask } })
  })
  expect((await call(asked)).result).toMatchObject({
    inputRequests: { ask: { params: { message: 'disk.wipe asks: Your key?' } } },
  })
})

test('a question of an operation shows what is invisible, keeps its lines, and has an end', async () => {
  const message = `One\nline\u202E\u0007${'x'.repeat(10_000)}`
  const ask = { method: 'elicitation/create', params: { message } }
  const { call } = setUp({}, () => {
    throw new CallError('INPUT_REQUIRED', 'Say it.', { inputRequests: { ask } })
  })
  const { result } = await call(asked)
  const { inputRequests } = result as unknown as {
    inputRequests: { ask: { params: { message: string } } }
  }
  const shown = inputRequests.ask.params.message
  expect(shown).toMatch(/^disk\.wipe asks: One\nline\\u202e\\u0007x{3900}/)
  expect(shown.length).toBeLessThan(4100)
})

test.each(['javascript:alert(1)', 'file:///etc/passwd', 'vscode://x', 'no address', 7])(
  'an operation does not have the client open %s',
  async (url) => {
    const params = { mode: 'url', message: 'Open it.', url, elicitationId: '1' }
    const { call } = setUp({}, () => {
      throw new CallError('INPUT_REQUIRED', 'Say it.', {
        inputRequests: { ask: { method: 'elicitation/create', params } },
      })
    })
    const capabilities = { elicitation: { form: {}, url: {} } }
    expect((await call(capabilities)).result).toMatchObject({
      isError: true,
      structuredContent: { code: 'INPUT_REQUIRED' },
    })
  },
)

const step = { type: 'operation', props: { name: 'disk.wipe' } }
const wiping = [{ operationId: 'disk.wipe', input: {} }]
STARTED.set('calls.repeat recorded', wiping)
STARTED.set('calls.repeatDead 2026-01-01T00:00:00Z', wiping)
STARTED.set('schedules.runNow nightly', wiping)
STARTED.set('workflows.run wiper', [
  { operationId: 'schedules.runNow', input: { schedule: 'nightly' } },
])
STARTED.set('workflows.run other', [])

test.each([
  ['calls.enqueue', { operationId: 'disk.wipe', input: {} }],
  ['calls.enqueueMany', { calls: [{ operationId: 'fs.read' }, { operationId: 'disk.wipe' }] }],
  ['schedules.create', { name: 'nightly', operationId: 'disk.wipe', cron: '0 0 * * *' }],
  ['workflows.create', { name: 'w', template: { type: 'sequential', children: [step] } }],
  ['calls.enqueue', { operationId: 'calls.enqueue', input: { operationId: 'disk.wipe' } }],
  ['calls.enqueue', { operationId: 'schedules.runNow', input: { schedule: 'nightly' } }],
  ['calls.repeat', { callId: 'recorded' }],
  ['calls.repeatDead', { from: '2026-01-01T00:00:00Z' }],
  ['schedules.runNow', { schedule: 'nightly' }],
  ['workflows.run', { name: 'wiper' }],
])(
  '%s of %j needs the consent that the operation needs which it makes the hub call',
  async (operationId, input) => {
    const refused = setUp({ consent: true })
    expect((await refused.call({}, {}, { operationId, input })).error?.code).toBe(-32021)
    expect(refused.calls).toEqual([])
    const { call, calls } = setUp({ destructive: true })
    const question = await call(asked, {}, { operationId, input })
    expect(JSON.stringify(question.result)).toContain(
      `Allow ${operationId}, which calls disk.wipe?`,
    )
    await call(asked, answerTo(question, 'accept'), { operationId, input })
    expect(calls).toEqual([input])
  },
)

test('a step that takes what it names from another step needs consent itself', async () => {
  const input = { operationId: { $result: 'input' } }
  const step = { type: 'operation', props: { name: 'calls.enqueue', input } }
  const { call, calls } = setUp({ consent: true })
  const asking = { operationId: 'workflows.create', input: { name: 'w', template: step } }
  expect((await call({}, {}, asking)).error?.code).toBe(-32021)
  expect(JSON.stringify((await call(asked, {}, asking)).result)).toContain(
    'Allow workflows.create, which calls calls.enqueue?',
  )
  expect(calls).toEqual([])
})

test('an agreement does not count when what is stored calls other operations by then', async () => {
  const { call, calls } = setUp({ consent: true })
  const asking = { operationId: 'schedules.runNow', input: { schedule: 'changing' } }
  STARTED.set('schedules.runNow changing', wiping)
  const question = await call(asked, {}, asking)
  STARTED.set('schedules.runNow changing', [...wiping, { operationId: 'disk.format' }])
  const again = await call(asked, answerTo(question, 'accept'), asking)
  expect(again.result?.resultType).toBe('input_required')
  expect(calls).toEqual([])
  await call(asked, answerTo(again, 'accept'), asking)
  expect(calls).toHaveLength(1)
})

test.each([
  ['reads what it names', 'hub.schema', { operationId: 'disk.wipe' }],
  [
    'gives the name to an operation',
    'calls.enqueue',
    { operationId: 'fs.read', input: { operationId: 'disk.wipe' } },
  ],
  ['starts what needs none', 'workflows.run', { name: 'other' }],
])('no person is asked when an operation of the hub %s', async (_what, operationId, input) => {
  const { call, calls } = setUp({ consent: true })
  await call({}, {}, { operationId, input })
  expect(calls).toEqual([input])
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
