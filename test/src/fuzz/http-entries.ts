import { connect } from 'node:net'
import { compact } from '@alkdev/std'
import type { Random } from '../torture/random.ts'
import type { EntryPoint, FuzzTarget } from './entry-point.ts'
import { hostileText } from './hostile-json.ts'
import { oneHostile } from './one-hostile.ts'
import { callOf } from './operation-inputs.ts'
import { httpOutcome } from './outcome.ts'
import type { Outcome } from './tally.ts'

const REQUEST_MS = 40_000

/** A request to the hub, with its answer; an event stream is not read. */
export async function answerOf(
  target: FuzzTarget,
  path: string,
  init: {
    readonly method?: string
    readonly headers?: Record<string, string>
    readonly body?: string
  },
): Promise<{ status: number; type: string; text: string; ofProvider: boolean }> {
  const response = await fetch(`${target.gateway}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${target.key}`, ...init.headers },
    signal: AbortSignal.timeout(REQUEST_MS),
  })
  const ofProvider = response.headers.has('x-alkhub-provider')
  // An event stream need not end.
  if (
    !ofProvider &&
    response.headers.get('content-type')?.startsWith('text/event-stream') === true
  ) {
    const first = path.startsWith('/mcp') ? await response.text() : ''
    if (first === '') await response.body?.cancel()
    return { status: response.status, type: 'text/event-stream', text: first, ofProvider }
  }
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text: await response.text(),
    ofProvider,
  }
}

async function httpCall(target: FuzzTarget, random: Random): Promise<Outcome> {
  const { id, body } = callOf(target, random)
  const headers: Record<string, string> = {
    'content-type': random.next() < 0.97 ? 'application/json' : 'text/plain',
    ...(random.next() < 0.1 && { 'idempotency-key': `fuzz-${random.between(0, 50)}` }),
    ...(random.next() < 0.02 && { 'content-encoding': 'gzip' }),
    ...(random.next() < 0.02 && { 'x-timeout-ms': 'NaN' }),
    ...(random.next() < 0.02 && { traceparent: '\u00ff' }),
  }
  const answer = await answerOf(target, `/api/operations/${id}`, { method: 'POST', headers, body })
  return httpOutcome(
    answer.status,
    answer.type,
    `${answer.text} for ${id} ${body.slice(0, 200)}`.replace(/^(\{.*\}) for .*$/s, '$1'),
  )
}

async function httpOther(target: FuzzTarget, random: Random): Promise<Outcome> {
  const one = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)] as T
  const odd = (): string =>
    encodeURIComponent(
      one(['\0', '\u{1f600}', '../..', '__proto__', 'x'.repeat(2000), '1e400', '', '%', '{"a":[']),
    )
  const sessionId = target.ids.get('sessionId') ?? ''
  const path = one([
    `/api/operations?limit=${odd()}&cursor=${odd()}`,
    `/api/operations/${odd()}`,
    `/api/search?q=${odd()}`,
    `/api/calls/${odd()}?tree=${odd()}`,
    `/api/events?topics=${odd()}`,
    `/openapi.json?x=${odd()}`,
    `/${odd()}`,
    '/api/operations/hub.list/',
    '//api//operations',
    `/api/sessions/${sessionId}/events`,
    `/api/sessions/${odd()}/events`,
    `/api/sessions/${odd()}/ui`,
    `/api/sessions/${sessionId}/ui/stream`,
    `/api/sessions/${sessionId}/ui/${odd()}/stream`,
    `/api/sessions/${odd()}/ui/stop`,
    '/api/%ff',
    '/ws',
    '/healthz',
  ])
  const method = one(['GET', 'GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD'])
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? hostileText(random) : undefined
  const answer = await answerOf(target, path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(random.next() < 0.2 && {
        'last-event-id': one([
          'x',
          '0-0',
          '7',
          '1.x.2',
          '999999999999999',
          '99999999999999999999-1',
          '-',
        ]),
      }),
      ...(random.next() < 0.2 && { accept: 'text/event-stream' }),
    },
    ...compact({ body }),
  })
  if (method === 'HEAD') return { is: 'ok' }
  return httpOutcome(answer.status, answer.type, answer.text)
}

/** Bytes that are hardly HTTP: an answer, if there is one, is a problem. */
async function httpRaw(target: FuzzTarget, random: Random): Promise<Outcome> {
  const { hostname, port } = new URL(target.gateway)
  const body = hostileText(random).slice(0, 5000)
  const text = random.pick([
    [1, 'nonsense\r\n\r\n'],
    [1, `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`],
    [1, `GET /api/operations HTTP/1.1\r\nhost: x\r\nx: ${'\u0001'.repeat(5)}\r\n\r\n`],
    [1, `GET /api/operations HTTP/9.9\r\nhost: x\r\n\r\n`],
    [
      1,
      `POST /api/operations/hub.list HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${target.key}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ],
    [1, `POST /api/operations/hub.list HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n`],
    [
      1,
      `POST /api/operations/hub.list HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    ],
    [
      1,
      `GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n\r\n`,
    ],
  ])
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), hostname)
    let received = ''
    socket.setTimeout(REQUEST_MS, () => socket.destroy())
    socket.on('data', (data) => (received += String(data)))
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(received))
    socket.end(text)
  })
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0)
  if (status < 400) return { is: 'ok' }
  const type = /^content-type: (.*)\r$/im.exec(answer)?.[1] ?? ''
  return httpOutcome(status, type, answer.split('\r\n\r\n')[1] ?? '')
}

/** What `useChat` sends, with one hostile member; a hostile provider acts out the turn. */
async function sessionChat(target: FuzzTarget, random: Random): Promise<Outcome> {
  const id = `m${random.between(0, 1000)}`
  const chat = {
    id: 'chat',
    trigger: 'submit-message',
    messages: [
      random.pick<object>([
        [4, { id, role: 'user', parts: [{ type: 'text', text: `x${random.between(0, 1e9)}` }] }],
        [
          1,
          {
            id,
            role: 'assistant',
            parts: [
              {
                type: 'dynamic-tool',
                state: 'approval-responded',
                approval: { id: target.ids.get('sessionId'), approved: true, reason: 'x' },
              },
            ],
          },
        ],
      ]),
    ],
  }
  const body = random.next() < 0.9 ? oneHostile(random, chat) : hostileText(random)
  const path = `/api/sessions/${target.ids.get('sessionId')}/ui`
  const headers = { 'content-type': 'application/json' }
  const answer = await answerOf(target, path, { method: 'POST', headers, body })
  return httpOutcome(answer.status, answer.type, answer.text)
}

const OTHER_METHODS: readonly (readonly [method: string, params: object])[] = [
  ['resources/list', { cursor: 'x' }],
  ['resources/templates/list', {}],
  ['resources/read', { uri: 'alkhub://calls/x' }],
  ['resources/subscribe', { uri: 'alkhub://calls/x' }],
  ['prompts/list', {}],
  ['prompts/get', { name: 'x', arguments: { a: 'x' } }],
  [
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'x' }, argument: { name: 'a', value: 'x' } },
  ],
  ['logging/setLevel', { level: 'debug' }],
]

/** A message of MCP, as it should be but for a member or two, which are mostly of the arguments. */
function mcpMessage(target: FuzzTarget, random: Random, isNative: boolean): string {
  if (random.next() < 0.1) return hostileText(random)
  const echo = target.echoes[0] ?? 'hub.list'
  const native = random.pick<object>([
    [4, { name: 'projects.list', arguments: { limit: 5 } }],
    [2, { name: 'sessions.create', arguments: { title: 'x', prompt: 'x' } }],
    [2, { name: 'keys.list', arguments: {} }],
    [1, { name: 'none', arguments: {} }],
  ])
  const tool = random.pick<object>([
    [isNative ? 20 : 0, native],
    [5, { name: 'call', arguments: { operationId: echo, input: { a: ['x'] }, deadlineMs: 5000 } }],
    [2, { name: 'call', arguments: { operationId: 'projects.list', input: { limit: 5 } } }],
    [2, { name: 'search', arguments: { query: 'keys', limit: 5 } }],
    [1, { name: 'list', arguments: { limit: 5 } }],
    [1, { name: 'schema', arguments: { operationId: 'hub.list' } }],
  ])
  const message = random.pick<object>([
    [8, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: tool }],
    [1, { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }],
    ...OTHER_METHODS.map(
      ([method, params]) =>
        [isNative ? 1 : 0.1, { jsonrpc: '2.0', id: 1, method, params }] as const,
    ),
    [
      1,
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'x', version: '1' },
        },
      },
    ],
  ])
  const isCall = 'arguments' in (message as { params: object }).params
  const within = isCall && random.next() < 0.8 ? ['params', 'arguments'] : []
  return oneHostile(random, message, within)
}

async function mcp(target: FuzzTarget, random: Random): Promise<Outcome> {
  const isNative = random.next() < 0.4
  const body = mcpMessage(target, random, isNative)
  const answer = await answerOf(target, isNative ? '/mcp/native' : '/mcp', {
    method: random.pick([
      [20, 'POST'],
      [1, 'DELETE'],
    ]),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': random.pick([
        [20, '2025-11-25'],
        [1, '2026-07-28'],
        [1, 'x'],
      ]),
    },
    body,
  })
  // Refusals of the protocol are JSON-RPC errors with a code of their own.
  if (answer.text.includes('UNKNOWN_ERROR'))
    return { is: 'fault', what: `${answer.text.slice(0, 300)} for ${body.slice(0, 300)}` }
  if (answer.status < 400)
    return answer.text.includes('"isError":true') ? { is: 'coded', code: 'isError' } : { is: 'ok' }
  if (/"code":-?\d+/.test(answer.text)) return { is: 'coded', code: 'JSON-RPC error' }
  return httpOutcome(answer.status, answer.type, answer.text)
}

export const httpEntries: readonly EntryPoint[] = [
  { name: 'HTTP call', weight: 5, run: httpCall },
  { name: 'HTTP other routes', weight: 2, run: httpOther },
  { name: 'HTTP bytes', weight: 1, run: httpRaw },
  { name: 'Session chat', weight: 2, run: sessionChat },
  { name: 'MCP request', weight: 4, run: mcp },
]
