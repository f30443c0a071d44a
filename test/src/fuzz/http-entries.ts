import { connect } from 'node:net'
import type { Random } from '../torture/random.ts'
import type { EntryPoint, FuzzTarget } from './entry-point.ts'
import { hostileObject, hostileText } from './hostile-json.ts'
import { httpOutcome, openaiOutcome } from './outcome.ts'
import type { Outcome } from './tally.ts'

const REQUEST_MS = 40_000

/** Operations of the hub with members that each knows, as JSON text. */
const OPERATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'hub.list': { limit: '10', cursor: '"x"', namespace: '"hub"' },
  'hub.search': { query: '"keys"', limit: '5' },
  'hub.schema': { operationId: '"hub.list"' },
  'accounts.me': {},
  'accounts.list': { limit: '5', cursor: '"x"' },
  'accounts.create': { email: '"a@example.com"', displayName: '"x"' },
  'accounts.update': { displayName: '"x"', metadata: '{"a":1}' },
  'keys.create': { name: '"fuzz"', scopes: '["hub:read"]', expiresAt: '"2099-01-01T00:00:00Z"' },
  'keys.list': { limit: '5', cursor: '"x"' },
  'keys.update': { keyId: '"x"', name: '"y"' },
  'orgs.create': { name: '"o"', slug: '"fuzz-org"' },
  'orgs.list': { cursor: '"x"' },
  'clients.create': {
    name: '"c"',
    type: '"http-service"',
    config: '{"baseUrl":"https://x.example"}',
    secret: '"s"',
  },
  'clients.list': {},
  'audit.list': { limit: '5', cursor: '"x"' },
  'limits.set': { subject: '{"kind":"key","id":"x"}', limits: '{}' },
  'calls.get': { callId: '"x"' },
  'projects.create': { name: '"p"', slug: '"fuzz"', description: '"d"', metadata: '{"a":1}' },
  'projects.list': { cursor: '"x"' },
  'workspaces.create': { name: '"w"', projectId: '"x"', path: '"/x"', metadata: '{"a":1}' },
  'roles.create': { name: '"r"', tools: '{"fs.read":"allow"}', instructions: '"x"' },
  'roles.check': { roleId: '"r"', action: '"fs.read"' },
  'tasks.list': { projectId: '"x"' },
  'tasks.sync': { projectId: '"x"', files: '[{"path":"a.md","content":"x"}]' },
  'spokes.list': { cursor: '"x"' },
  'spokes.get': { spokeId: '"x"' },
}

async function answerOf(
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
  const ids = [...Object.keys(OPERATIONS), ...target.echoes]
  const id = ids[random.between(0, ids.length - 1)] ?? ''
  const body =
    random.next() < 0.6
      ? hostileObject(random, OPERATIONS[id] ?? { value: '1' })
      : hostileText(random)
  const headers: Record<string, string> = {
    'content-type': random.next() < 0.95 ? 'application/json' : 'text/plain',
    ...(random.next() < 0.1 && { 'idempotency-key': `fuzz-${random.between(0, 50)}` }),
    ...(random.next() < 0.05 && { 'content-encoding': 'gzip' }),
    ...(random.next() < 0.05 && { 'x-timeout-ms': 'NaN' }),
    ...(random.next() < 0.05 && { traceparent: '\u00ff' }),
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
        'last-event-id': one(['x', '0-0', '99999999999999999999-1', '-']),
      }),
      ...(random.next() < 0.2 && { accept: 'text/event-stream' }),
    },
    ...(body !== undefined && { body }),
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
    let heard = ''
    socket.setTimeout(REQUEST_MS, () => socket.destroy())
    socket.on('data', (data) => (heard += String(data)))
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(heard))
    socket.end(text)
  })
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0)
  if (status < 400) return { is: 'ok' }
  const type = /^content-type: (.*)\r$/im.exec(answer)?.[1] ?? ''
  return httpOutcome(status, type, answer.split('\r\n\r\n')[1] ?? '')
}

/** A request below `/v1` whose answer, if it gets so far, a hostile provider makes: what that says is its own business. */
async function v1(target: FuzzTarget, random: Random): Promise<Outcome> {
  const members = {
    model: '"outside/m"',
    messages: '[{"role":"user","content":"x"}]',
    stream: random.next() < 0.5 ? 'true' : 'false',
  }
  const wellFormed = `{"model":${members.model},"messages":[],"stream":${members.stream}}`
  const body = random.pick([
    [3, () => wellFormed],
    [3, () => hostileObject(random, members)],
    [1, () => hostileText(random)],
  ])()
  const models = random.next() < 0.1
  try {
    const answer = await answerOf(target, models ? '/v1/models' : '/v1/chat/completions', {
      method: models ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json' },
      ...(models ? {} : { body }),
    })
    return answer.ofProvider ? { is: 'ok' } : openaiOutcome(answer.status, answer.text)
  } catch (error) {
    // Half an answer of the provider is cut off.
    if (error instanceof TypeError) return { is: 'coded', code: 'cut off' }
    throw error
  }
}

async function mcp(target: FuzzTarget, random: Random): Promise<Outcome> {
  const args = { operationId: '"hub.list"', input: '{}', deadlineMs: '1000', query: '"x"' }
  const message = {
    jsonrpc: '"2.0"',
    id: '1',
    method: '"tools/call"',
    params: `{"name":${random.pick([
      [5, '"call"'],
      [2, '"search"'],
      [1, '"__proto__"'],
    ])},"arguments":${hostileObject(random, args)}}`,
  }
  const body = random.next() < 0.8 ? hostileObject(random, message) : hostileText(random)
  const answer = await answerOf(target, '/mcp', {
    method: random.pick([
      [20, 'POST'],
      [1, 'DELETE'],
    ]),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': random.pick([
        [9, '2025-11-25'],
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
  { name: '/v1 and provider', weight: 3, run: v1 },
  { name: 'MCP request', weight: 4, run: mcp },
]
