import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import type { Authenticated } from '@alkdev/contracts'
import { createKeyedHash, generateKey } from '@alkdev/crypto'
import { authenticatePlugin, closeHttpApp, createHttpApp, listenHttpApp } from '@alkdev/http'
import { CallError, localEnvelope } from '@alkdev/operations'
import { StreamLimit } from '@alkdev/service'
import { must } from '@alkdev/std'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { McpContext } from '../context.ts'
import { ClientAnswers } from '../legacy/client-answers.ts'
import { newSessionId } from '../legacy/session-id.ts'
import { addMcp } from '../routes/mcp.ts'
import type { McpRouteInput } from '../routes/mcp.ts'
import { Endpoint } from './endpoint.ts'
import { Rounds } from './rounds.ts'
import { CallerUses } from './caller-uses.ts'
import { toolsEndpoint } from './tools-server.ts'

/** One service with two addresses: `/plain` answers plain calls itself, `/sdk` gives every request to the SDK. */
const app = createHttpApp({
  logger: pino({ enabled: false }),
  health: { ready: () => true, report: () => ({}) },
})
let url: string
/** Servers of the SDK that were made. */
let servers = 0
/** What reached the operation. */
const inputs: unknown[] = []
/** Tools that were counted, and whether they succeeded. */
const counted: unknown[] = []

const spec = {
  namespace: 'a',
  name: 'b',
  version: '1.0.0',
  type: 'query',
  description: '',
  inputSchema: {},
  outputSchema: {},
  accessControl: { requiredScopes: [] },
}

/** What the operation does with the input `{does}`. */
function answer(does: unknown): unknown {
  if (does === 'fail') throw new CallError('EXECUTION_ERROR', 'It failed.', { why: ['a', 1] })
  if (does === 'ask')
    throw new CallError('INPUT_REQUIRED', 'A name is missing.', {
      inputRequests: {
        name: {
          method: 'elicitation/create',
          params: {
            mode: 'form',
            message: 'Name?',
            requestedSchema: { type: 'object', properties: {} },
          },
        },
      },
    })
  if (does === 'throw') throw new Error('a fault')
  if (does === 'text') return 'a "text" \ud800 \u2028 \u{1f600}'
  if (does === 'null') return null
  if (does === 'list') return [1, 'b', { c: [] }]
  if (does === 'members') return JSON.parse('{"__proto__":1,"constructor":2,"10":3,"2":4}')
  if (does === 'nothing') return undefined
  return { does }
}

/** Content of another MCP server. */
const outside = {
  data: null,
  meta: {
    source: 'mcp',
    isError: false,
    content: [
      { type: 'text', text: 'a', annotations: { priority: 1 }, other: 1 },
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
    ],
    structuredContent: { a: 1 },
    timestamp: 0,
  },
}

beforeAll(async () => {
  const entry = { operationId: 'a.b', spec, kind: 'spoke', providers: [] }
  const uses = new CallerUses({
    watch: () => () => undefined,
    confirm: () => undefined,
    hold: () => undefined,
  })
  const context = {
    runtime: {
      bus: {
        directory: { get: () => entry, list: () => ({ items: [] }), search: () => [] },
        instances: () => [],
        lookUp: async () => entry,
        mayContinue: () => true,
        open: async (_id: string, input: { does?: unknown } | undefined) => {
          inputs.push(input)
          const envelope =
            input?.does === 'outside' ? outside : localEnvelope(answer(input?.does), 'a.b')
          return { kind: 'answer', result: { envelope } }
        },
      },
      logger: pino({ enabled: false }),
      config: { http: { maxBodyBytes: 1024 * 1024 }, retention: { queuedCallDays: 7 } },
    },
    events: {
      toolCalled: (tool: string, ok: boolean) => counted.push([tool, ok]),
      toolFailed: () => undefined,
      protocolError: () => undefined,
    },
    results: { keep: async () => 'alkhub://results/1' },
    streams: new StreamLimit(4),
    uses,
  } as unknown as McpContext
  const rounds = new Rounds({
    startedBy: () => undefined,
    bus: context.runtime.bus,
    prefix: 'test',
    inputHash: createKeyedHash([generateKey()], 'test'),
    redis: { set: async () => 'OK' },
  })
  const answers = new ClientAnswers({ publish: async () => 0, subscribe: async () => undefined })
  const { serverFor, plainTools, ...more } = toolsEndpoint(context, rounds)
  const counting: typeof serverFor = (caller) => {
    servers += 1
    return serverFor(caller)
  }
  const options = { ...more, serverFor: counting, answers }
  const identity = { id: 'ada', keyId: 'k', scopes: [] }
  const authenticated = { identity } as unknown as Authenticated
  const route = (path: string, endpoint: Endpoint): McpRouteInput =>
    ({
      path,
      endpoint,
      answers,
      uses,
      streams: context.streams,
      origins: { origins: [], host: '0.0.0.0', urls: [] },
      stopping: new AbortController().signal,
      draining: new AbortController().signal,
    }) as unknown as McpRouteInput
  await app.register(async (scope) => {
    await scope.register(authenticatePlugin, {
      authenticator: { authenticate: () => authenticated },
    })
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    addMcp(
      scope,
      route('/plain', new Endpoint(context, { ...options, plainTools: must(plainTools) })),
    )
    addMcp(scope, route('/sdk', new Endpoint(context, options)))
  })
  url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
})
afterAll(() => closeHttpApp(app, 200))

const META = 'io.modelcontextprotocol/'
const meta = {
  [`${META}protocolVersion`]: '2026-07-28',
  [`${META}clientInfo`]: { name: 'test', version: '1' },
  [`${META}clientCapabilities`]: {},
}
const headers = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'call',
}

type Headers = Readonly<Record<string, string | undefined>>

interface Sent {
  readonly body: string
  readonly headers: Headers
}

/** A call of the operation that does this. */
function call(
  does: unknown,
  more: { headers?: Headers; meta?: object; input?: object } = {},
): Sent {
  const input = { operationId: 'a.b', input: { does }, ...more.input }
  const params = { name: 'call', arguments: input, _meta: { ...meta, ...more.meta } }
  return message({ params }, more.headers)
}

function message(members: object, more: Headers = {}): Sent {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', ...members })
  return { body, headers: { ...headers, ...more } }
}

interface Received {
  readonly status: number | undefined
  readonly type: string | undefined
  readonly body: unknown
  readonly inputs: readonly unknown[]
  readonly counted: readonly unknown[]
  /** Whether a server of the SDK was made for the request. */
  readonly bySdk: boolean
}

/** `fetch` sends some of these headers otherwise. */
async function send(path: string, { body, headers: given }: Sent): Promise<Received> {
  servers = 0
  inputs.length = 0
  counted.length = 0
  const { promise, resolve, reject } = Promise.withResolvers<Received>()
  const request = httpRequest(`${url}${path}`, { method: 'POST' }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (piece: string) => (text += piece))
    response.on('end', () =>
      resolve({
        status: response.statusCode,
        type: response.headers['content-type'],
        body: comparable(text),
        inputs: [...inputs],
        counted: [...counted],
        bySdk: servers > 0,
      }),
    )
  })
  request.on('error', reject)
  for (const [name, value] of Object.entries(given))
    if (value !== undefined) request.setHeader(name, value)
  request.end(body)
  return promise
}

/** JSON without what differs from call to call: its id, and the signed state of a question. */
function comparable(text: string): unknown {
  const same = text
    .replaceAll(/"alkhub\/callId":"[0-9a-f-]{36}"/g, '"alkhub/callId":"-"')
    .replaceAll(/"(requestState|requestId)":"[^"]+"/g, '"$1":"-"')
  const json = same.startsWith('event:') ? /^data: ([^\n]*)$/m.exec(same)?.[1] : same
  try {
    return JSON.parse(json ?? '')
  } catch {
    return same
  }
}

interface Both {
  readonly plain: Received
  readonly sdk: Received
}

/** What both addresses answer. The SDK answers older clients with a stream, which they take as well as JSON. */
async function both(sent: Sent): Promise<Both> {
  const plain = await send('/plain', sent)
  const { type, ...sdk } = await send('/sdk', sent)
  const isOlder = sent.headers['mcp-protocol-version'] !== '2026-07-28'
  return { plain, sdk: { ...sdk, type: isOlder && !plain.bySdk ? plain.type : type } }
}

/** The same request as a client of 2025-11-25 sends it. */
function older({ body, headers: given }: Sent, session?: string): Sent {
  const parsed = JSON.parse(body) as { params: { _meta?: Record<string, unknown> } }
  for (const name of Object.keys(parsed.params._meta ?? {}))
    if (name.startsWith(META)) delete parsed.params._meta?.[name]
  return {
    body: JSON.stringify(parsed),
    headers: {
      ...given,
      'mcp-protocol-version': '2025-11-25',
      'mcp-method': undefined,
      'mcp-name': undefined,
      'mcp-session-id': session,
    },
  }
}

const capabilities = (declared: unknown): object => ({ [`${META}clientCapabilities`]: declared })

const plain: readonly (readonly [string, Sent])[] = [
  ['an object', call('x')],
  ['a text', call('text')],
  ['null', call('null')],
  ['a list', call('list')],
  ['nothing', call('nothing')],
  ['a failure', call('fail')],
  ['a fault', call('throw')],
  [
    'no input',
    message({ params: { name: 'call', arguments: { operationId: 'a.b' }, _meta: meta } }),
  ],
  ['an input that is text', call('x', { input: { input: '{"does":"y"}' } })],
  ['an input that is a list', call('x', { input: { input: [1] } })],
  ['an input that does not fit', call('x', { input: { operationId: 7 } })],
  ['an input with more members', call('x', { input: { more: 1 } })],
  ['no arguments', message({ params: { name: 'call', _meta: meta } })],
  [
    'another tool',
    message({ params: { name: 'list', arguments: {}, _meta: meta } }, { 'mcp-name': 'list' }),
  ],
  [
    'a read-only call',
    message(
      { params: { name: 'query', arguments: { operationId: 'a.b' }, _meta: meta } },
      { 'mcp-name': 'query' },
    ),
  ],
  [
    'an id that is text',
    message({ id: 'a', params: { name: 'list', _meta: meta } }, { 'mcp-name': 'list' }),
  ],
  [
    'a trace',
    call('x', {
      meta: {
        traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
        tracestate: 'a=1',
        baggage: 'b=2',
      },
    }),
  ],
  ['a broken trace', call('x', { meta: { traceparent: 7 } })],
  ['a client without a name', call('x', { meta: { [`${META}clientInfo`]: undefined } })],
  [
    'a client that can be asked',
    call('x', {
      meta: capabilities({
        elicitation: {},
        sampling: {},
        roots: { listChanged: true },
        extensions: { 'a/b': {} },
      }),
    }),
  ],
  ['a header of the parameter', call('x', { headers: { 'mcp-param-operation': 'a.b' } })],
  [
    'a header of the parameter in Base64',
    call('x', { headers: { 'mcp-param-operation': '=?base64?YS5i?=' } }),
  ],
  [
    'a type with a character set',
    call('x', { headers: { 'content-type': 'Application/JSON; charset=utf-8' } }),
  ],
]

test.each(plain)(
  'a plain call with %s is answered as by the SDK, without it',
  async (_what, sent) => {
    const { plain: answer, sdk } = await both(sent)
    expect(answer).toEqual({ ...sdk, bySdk: false })
    expect(answer).toMatchObject({ status: 200, type: 'application/json' })
  },
)

test.each(plain)(
  'a plain call with %s of a client of 2025-11-25 is answered as by the SDK',
  async (_what, sent) => {
    for (const session of [
      undefined,
      randomUUID(),
      newSessionId({ elicitation: {}, sampling: {} }),
    ]) {
      const { plain: answer, sdk } = await both(older(sent, session))
      expect(answer).toEqual({ ...sdk, bySdk: false })
      expect(answer).toMatchObject({ status: 200, type: 'application/json' })
    }
  },
)

test.each([
  ['content of another server', call('outside')],
  ['members with special names', call('members')],
  ['a question to the client', call('ask', { meta: capabilities({ elicitation: {} }) })],
  ['a question that the client cannot be asked', call('ask')],
  ['content of another server to an older client', older(call('outside'))],
  ['a question that an older client cannot be asked', older(call('ask'))],
])('a plain call that gives %s runs once and is answered by the SDK', async (_what, sent) => {
  const { plain: answer, sdk } = await both(sent)
  expect(answer).toEqual(sdk)
  expect(answer.bySdk).toBe(true)
  expect(answer.inputs).toHaveLength(1)
})

const version = `${META}protocolVersion`
const params = { name: 'call', arguments: { operationId: 'a.b' }, _meta: meta }
const own = (name: string, value: unknown): object =>
  JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as object

test.each([
  ['not JSON', { ...call('x'), body: '{' }],
  ['empty', { ...call('x'), body: '' }],
  ['null', { ...call('x'), body: 'null' }],
  ['a list', { ...call('x'), body: `[${call('x').body}]` }],
  ['with a byte order mark', { ...call('x'), body: `\u{feff}${call('x').body}` }],
  ['without jsonrpc', message({ jsonrpc: undefined, params })],
  ['of jsonrpc 1.0', message({ jsonrpc: '1.0', params })],
  ['with another member', message({ params, more: 1 })],
  ['with a result', message({ params, result: {} })],
  ['without an id', message({ id: undefined, params })],
  ['with the id null', message({ id: null, params })],
  ['with a broken id', message({ id: 1.5, params })],
  ['with a huge id', message({ id: 2 ** 53, params })],
  ['with an id that is an object', message({ id: {}, params })],
  ['of another method', message({ method: 'tools/list', params })],
  ['of no method', message({ method: 7, params })],
  ['without params', message({})],
  ['with a list of params', message({ params: [params] })],
  ['with another param', message({ params: { ...params, more: 1 } })],
  ['with answers', message({ params: { ...params, inputResponses: {} } })],
  ['with a wrong state', message({ params: { ...params, requestState: 'x' } })],
  ['with a state that is a number', message({ params: { ...params, requestState: 7 } })],
  ['with a task', message({ params: { ...params, task: { ttl: 1 } } })],
  ['without a name', message({ params: { ...params, name: undefined } })],
  [
    'with a name that is a number',
    message({ params: { ...params, name: 7 } }, { 'mcp-name': '7' }),
  ],
  ['of an unknown tool', message({ params: { ...params, name: 'no' } }, { 'mcp-name': 'no' })],
  ['with arguments that are text', message({ params: { ...params, arguments: 'a' } })],
  ['with arguments that are null', message({ params: { ...params, arguments: null } })],
  ['with arguments that are a list', message({ params: { ...params, arguments: [] } })],
  ['with the argument __proto__', call('x', { input: own('__proto__', 1) })],
  ['with the argument constructor', call('x', { input: own('constructor', 1) })],
  ['without _meta', message({ params: { ...params, _meta: undefined } })],
  ['with a list as _meta', message({ params: { ...params, _meta: [] } })],
  ['without a version', call('x', { meta: { [version]: undefined } })],
  ['of an unknown version', call('x', { meta: { [version]: '2030-01-01' } })],
  ['of an older version', call('x', { meta: { [version]: '2025-11-25' } })],
  ['with a version that is a number', call('x', { meta: { [version]: 1 } })],
  ['without capabilities', call('x', { meta: capabilities(undefined) })],
  ['with capabilities that are null', call('x', { meta: capabilities(null) })],
  ['with broken capabilities', call('x', { meta: capabilities({ elicitation: 7 }) })],
  ['with broken roots', call('x', { meta: capabilities({ roots: { listChanged: 7 } }) })],
  ['with a broken client', call('x', { meta: { [`${META}clientInfo`]: { name: 7 } } })],
  ['with the client null', call('x', { meta: { [`${META}clientInfo`]: null } })],
  ['with a progress token', call('x', { meta: { progressToken: 'p' } })],
  ['with a broken progress token', call('x', { meta: { progressToken: {} } })],
  ['with a log level', call('x', { meta: { [`${META}logLevel`]: 'info' } })],
  ['with another member of _meta', call('x', { meta: { 'a/b': 1 } })],
  ['of another type', call('x', { headers: { 'content-type': 'text/plain' } })],
  ['without a type', call('x', { headers: { 'content-type': undefined } })],
  ['with two versions', call('x', { headers: { 'mcp-protocol-version': '2025-11-25' } })],
  [
    'without a header of the version',
    call('x', { headers: { 'mcp-protocol-version': undefined } }),
  ],
  ['with another method in the header', call('x', { headers: { 'mcp-method': 'tools/list' } })],
  ['without a header of the method', call('x', { headers: { 'mcp-method': undefined } })],
  ['with another name in the header', call('x', { headers: { 'mcp-name': 'query' } })],
  ['without a header of the name', call('x', { headers: { 'mcp-name': undefined } })],
  ['with the name in Base64', call('x', { headers: { 'mcp-name': '=?base64?Y2FsbA==?=' } })],
  ['with broken Base64 as the name', call('x', { headers: { 'mcp-name': '=?base64?!?=' } })],
  [
    'with another operation in the header',
    call('x', { headers: { 'mcp-param-operation': 'b.a' } }),
  ],
  [
    'with broken Base64 as the operation',
    call('x', { headers: { 'mcp-param-operation': '=?base64?!?=' } }),
  ],
  [
    'of a client of 2025-11-25',
    message({ params: { ...params, _meta: undefined } }, { 'mcp-protocol-version': '2025-11-25' }),
  ],
  [
    'of a client that names no version',
    message({ params: { ...params, _meta: undefined } }, { 'mcp-protocol-version': undefined }),
  ],
  ['of an older client with a progress token', older(call('x', { meta: { progressToken: 1 } }))],
  ['of an older client with another member of _meta', older(call('x', { meta: { 'a/b': 1 } }))],
  [
    'of an older client that takes no stream',
    { ...older(call('x')), headers: { ...older(call('x')).headers, accept: 'application/json' } },
  ],
  [
    'of an older client that takes everything',
    { ...older(call('x')), headers: { ...older(call('x')).headers, accept: '*/*' } },
  ],
  [
    'of an older client without a type',
    { ...older(call('x')), headers: { ...older(call('x')).headers, 'content-type': undefined } },
  ],
  [
    'of an older client with the argument __proto__',
    older(call('x', { input: own('__proto__', 1) })),
  ],
  ['of an older client with the id null', older(message({ id: null, params }))],
  ['of an older client of an unknown tool', older(message({ params: { ...params, name: 'no' } }))],
  [
    'of an unknown older version',
    message({ params: { ...params, _meta: undefined } }, { 'mcp-protocol-version': '2020-01-01' }),
  ],
  ['for a host that makes no URL', call('x', { headers: { host: '256.1.1.1' } })],
  ['that takes long', call('x', { input: { deadlineMs: 60_000 } })],
  [
    'that is too deep',
    {
      ...call('x'),
      body: call('x').body.replace('{"does":"x"}', `${'['.repeat(600)}${']'.repeat(600)}`),
    },
  ],
])('a request %s is answered as by the SDK', async (_what, sent) => {
  const { plain: answer, sdk } = await both(sent)
  // A few of them are plain.
  expect(answer).toEqual({ ...sdk, bySdk: answer.bySdk })
})

test.each(['/plain', '/sdk'])(
  'a header that says another operation than the body is refused at %s in all revisions, also in a list',
  async (path) => {
    const lying = { 'mcp-param-operation': 'b.a' }
    const modern = call('x', { headers: lying })
    const single = older(modern)
    const list = { ...single, body: `[${single.body}]` }
    for (const sent of [modern, single, list])
      expect(await send(path, sent)).toMatchObject({
        status: 400,
        body: { error: { code: -32_020 } },
        inputs: [],
      })
    const right = older(call('x', { headers: { 'mcp-param-operation': 'a.b' } }))
    expect(await send(path, right)).toMatchObject({ status: 200, inputs: [{ does: 'x' }] })
  },
)
