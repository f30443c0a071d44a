import { randomUUID } from 'node:crypto'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import type { Random } from '../torture/random.ts'
import type { EntryPoint, FuzzTarget } from './entry-point.ts'
import { hostileObject, hostileText, hostileValue } from './hostile-json.ts'
import { oneHostile } from './one-hostile.ts'
import { codedOutcome } from './outcome.ts'
import type { Outcome } from './tally.ts'

/** Milliseconds that the hub has to answer a frame, or to close the socket. */
const ANSWER_MS = 40_000

/** What the hub answers to one frame of ours: the first frame about `id`, or the end of the socket. */
async function answerTo(socket: PlainSocket, id: string, text: string): Promise<Outcome> {
  const closed = socket.closed.then(({ code }) => ({ closed: code }))
  socket.socket.send(text)
  const late = new Promise<undefined>((resolve) =>
    setTimeout(() => resolve(undefined), ANSWER_MS).unref(),
  )
  for (;;) {
    const found = socket.frames.findIndex(
      (frame) => frame.id === id || (frame.id === '' && frame.type === 'call.error'),
    )
    if (found >= 0) return outcomeOf(socket.frames.splice(found, 1)[0] as PlainFrame)
    const more = new Promise<'more'>((resolve) =>
      socket.socket.once('message', () => resolve('more')),
    )
    const next = await Promise.race([more, closed, late])
    if (next === undefined) return { is: 'fault', what: `no answer to ${text.slice(0, 300)}` }
    if (next !== 'more') return closedOutcome(next.closed)
  }
}

function closedOutcome(code: number): Outcome {
  return [1002, 1003, 1007, 1008, 1009].includes(code)
    ? { is: 'coded', code: `close ${code}` }
    : { is: 'fault', what: `the socket was closed with ${code}` }
}

function outcomeOf({ type, payload }: PlainFrame): Outcome {
  return type === 'call.error' ? codedOutcome(payload.code, JSON.stringify(payload)) : { is: 'ok' }
}

async function socketFrame(target: FuzzTarget, random: Random): Promise<Outcome> {
  await using socket = await PlainSocket.open(target.gateway, target.key)
  const id = randomUUID()
  const echo = target.echoes[0] ?? 'hub.list'
  const payload = {
    requestId: JSON.stringify(id),
    operationId: random.next() < 0.7 ? '"hub.list"' : JSON.stringify(echo),
    input: '{}',
    metadata: '{"a":1}',
    timeoutMs: '5000',
    identity: '{"id":"x","scopes":["*"]}',
    idempotencyKey: '"k"',
    parentRequestId: '"p"',
  }
  const frame = {
    type: '"call.requested"',
    id: JSON.stringify(id),
    payload: hostileObject(random, payload),
  }
  const kind = random.next()
  // Every text gets an answer in the end: the call after it, on the same socket, or a close.
  const text = kind < 0.75 ? hostileObject(random, frame) : hostileText(random)
  socket.socket.send(text)
  if (random.next() < 0.1) socket.socket.send(Buffer.from(text))
  const after = randomUUID()
  const call = {
    type: 'call.requested',
    id: after,
    payload: { requestId: after, operationId: 'accounts.me', input: {} },
  }
  return await answerTo(socket, after, JSON.stringify(call))
}

async function socketInput(target: FuzzTarget, random: Random): Promise<Outcome> {
  await using socket = await PlainSocket.open(target.gateway, target.key)
  const id = randomUUID()
  const echo = target.echoes[random.between(0, target.echoes.length - 1)] ?? 'hub.list'
  const members = random.pick([
    [2, `"input":${hostileValue(random)}`],
    [1, `"input":{},"metadata":{"a":${hostileValue(random)}}`],
  ])
  return await answerTo(
    socket,
    id,
    `{"type":"call.requested","id":"${id}","payload":{"requestId":"${id}","operationId":"${echo}",${members}}}`,
  )
}

/** What a spoke registers when nothing is wrong with it. */
function helloOf(random: Random): { readonly name: string; readonly hello: object } {
  // Of its own: another input under the same name would take the spoke over and close the socket with 4409.
  const name = `fuzz-${random.between(0, 1e9)}`
  const schema = (): object =>
    random.pick<object>([
      [3, { type: 'object', properties: { a: { type: 'string' } } }],
      [2, {}],
      [1, { $ref: '#/$defs/a', $defs: { a: { items: { $ref: '#/$defs/a' } } } }],
      [1, { anyOf: [{ const: 1 }, { enum: ['a', null] }, { not: { pattern: '^a+$' } }] }],
      [1, { type: 'string', pattern: '(a+)+$' }],
    ])
  const operation = {
    namespace: 't',
    name: 'x',
    version: '1.0.0',
    type: 'query',
    title: 'T',
    description: 'd',
    tags: ['a'],
    inputSchema: schema(),
    outputSchema: schema(),
    errorSchemas: [{ code: 'ODD', description: 'd', schema: {}, httpStatus: 418 }],
    accessControl: { requiredScopes: [], requiredScopesAny: ['hub:read'] },
    retry: 'safe',
    pool: false,
    record: 'after',
    hints: { readOnly: true },
    _meta: { a: { b: 'c' } },
  }
  const operations = [operation, { ...operation, name: 'y', type: 'subscription' }]
  const hostInfo = { os: 'linux', arch: 'x64', nodeVersion: 'v24.0.0' }
  const hello = { protocol: 1, name, spokeType: 'client', version: '1', capacity: 4, hostInfo }
  return { name, hello: { ...hello, operations } }
}

/** A registration with a hostile member, and a look at what came of it. */
async function socketRegister(target: FuzzTarget, random: Random): Promise<Outcome> {
  await using socket = await PlainSocket.open(target.gateway, target.key)
  const { name, hello } = helloOf(random)
  const ask = (operationId: string, input: string): Promise<Outcome> => {
    const id = randomUUID()
    return answerTo(
      socket,
      id,
      `{"type":"call.requested","id":"${id}","payload":{"requestId":"${id}","operationId":"${operationId}","input":${input}}}`,
    )
  }
  const registered = await ask('hub.register', oneHostile(random, hello))
  if (registered.is !== 'ok') return registered
  const again =
    random.next() < 0.3 ? await ask('hub.register', oneHostile(random, hello)) : undefined
  if (again?.is === 'fault') return again
  const seen = await ask('hub.schema', JSON.stringify({ operationId: `client.${name}.t.x` }))
  return seen.is === 'fault' ? seen : registered
}

/** A spoke that answers one call with whatever it likes; the caller must hear a code, and the spoke's socket must live unless the frame was bad. */
async function spokeAnswer(target: FuzzTarget, random: Random): Promise<Outcome> {
  const name = `fuzz-spoke-${randomUUID().slice(0, 8)}`
  await using spoke = await PlainSocket.open(target.gateway, target.key)
  const type = random.next() < 0.5 ? 'query' : 'subscription'
  const spec = {
    namespace: 't',
    name: 'x',
    version: '1.0.0',
    type,
    description: 'x',
    inputSchema: {},
    outputSchema: {},
    accessControl: { requiredScopes: [] },
    pool: false,
  }
  const welcome = await register(spoke, name, [spec])
  if (welcome.type !== 'call.responded') return outcomeOf(welcome)
  await using caller = await PlainSocket.open(target.gateway, target.key)
  const id = randomUUID()
  const asked = spoke.next((frame) => frame.type === 'call.requested')
  asked.catch(() => undefined)
  const call = {
    type: 'call.requested',
    id,
    payload: { requestId: id, operationId: `client.${name}.t.x`, input: {}, timeoutMs: 3000 },
  }
  const answer = answerTo(caller, id, JSON.stringify(call))
  const given = await Promise.race([asked, answer])
  if ('is' in given) return given
  for (const frame of answersOf(random, type, given.id)) spoke.socket.send(frame)
  return await answer
}

/** The frames of an answer. Most are as they should be but for one member. */
function answersOf(random: Random, type: string, id: string): string[] {
  const meta = random.pick<object>([
    [4, { source: 'local', operationId: 't.x', timestamp: 1 }],
    [1, { source: 'mcp', isError: false, content: [{ type: 'text', text: 'x' }] }],
    [1, { source: 'http', statusCode: 200, headers: { a: ['b'] }, contentType: 'text/plain' }],
    [1, { source: 'sse', statusCode: 200, headers: {}, event: 'message', lastEventId: '1' }],
  ])
  const output = { data: { a: [1, 'x', null], b: { c: true } }, meta }
  const frameOf = (kind: string, payload: object): object => ({
    type: kind,
    id,
    payload: { requestId: id, ...payload, timestamp: 1 },
  })
  const hostile = (frame: object): string =>
    oneHostile(random, frame, random.next() < 0.85 ? ['payload'] : [])
  if (random.next() < 0.3) {
    const details = { a: ['b'] }
    const error = { code: 'CONFLICT', message: 'm', details, retryAfterMs: 5 }
    return [hostile(frameOf('call.error', error))]
  }
  if (random.next() < 0.05) return [hostileText(random)]
  if (type === 'query') return [hostile(frameOf('call.responded', { output }))]
  const items = [1, 2, 3].map((seq) => frameOf('call.responded', { output, seq }))
  const stream = [...items, frameOf('call.completed', { count: 3 })]
  const odd = random.between(0, stream.length - 1)
  return stream.map((frame, at) => (at === odd ? hostile(frame) : JSON.stringify(frame)))
}

export const socketEntries: readonly EntryPoint[] = [
  { name: 'WebSocket frame', weight: 4, run: socketFrame },
  { name: 'WebSocket input', weight: 3, run: socketInput },
  { name: 'hub.register', weight: 3, run: socketRegister },
  { name: 'spoke answer', weight: 5, run: spokeAnswer },
]
