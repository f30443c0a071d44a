import { randomUUID } from 'node:crypto'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import type { Random } from '../torture/random.ts'
import type { EntryPoint, FuzzTarget } from './entry-point.ts'
import { hostileObject, hostileText, hostileValue } from './hostile-json.ts'
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

async function socketRegister(target: FuzzTarget, random: Random): Promise<Outcome> {
  await using socket = await PlainSocket.open(target.gateway, target.key)
  const id = randomUUID()
  const schema = (): string =>
    random.pick([
      [3, '{"type":"object"}'],
      [2, hostileValue(random)],
      [1, `{"type":"object","properties":{"__proto__":${hostileValue(random, 1)}}}`],
      [1, '{"$ref":"#/$defs/a","$defs":{"a":{"items":{"$ref":"#/$defs/a"}}}}'],
      [1, '{"type":"string","pattern":"(a+)+$"}'],
    ])
  const operation = hostileObject(random, {
    namespace: '"t"',
    name: '"x"',
    version: '"1.0.0"',
    type: '"query"',
    description: '"d"',
    inputSchema: schema(),
    outputSchema: schema(),
    accessControl: '{"requiredScopes":[]}',
    pool: 'false',
  })
  const input = hostileObject(random, {
    protocol: '1',
    name: `"fuzz-${random.between(0, 20)}"`,
    spokeType: '"client"',
    operations: `[${operation}]`,
    metadata: '{}',
  })
  return await answerTo(
    socket,
    id,
    `{"type":"call.requested","id":"${id}","payload":{"requestId":"${id}","operationId":"hub.register","input":${input}}}`,
  )
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
  const requestId = JSON.stringify(given.id)
  const meta = hostileObject(random, {
    source: '"local"',
    operationId: '"t.x"',
    timestamp: '1',
    content: '[]',
  })
  const output = random.pick([
    [
      3,
      `{"data":${hostileValue(random)},"meta":{"source":"local","operationId":"t.x","timestamp":1}}`,
    ],
    [1, `{"data":1,"meta":${meta}}`],
    [1, `{"data":1,"meta":{"source":"mcp","isError":false,"content":${hostileValue(random)}}}`],
    [1, hostileValue(random)],
  ])
  const seq =
    type === 'subscription' ? `,"seq":${random.next() < 0.8 ? 1 : hostileValue(random)}` : ''
  const frame = random.pick([
    [
      4,
      `{"type":"call.responded","id":${requestId},"payload":{"requestId":${requestId},"output":${output}${seq}}}`,
    ],
    [
      3,
      `{"type":"call.error","id":${requestId},"payload":${hostileObject(random, { requestId, code: '"CONFLICT"', message: '"m"', details: hostileValue(random), retryAfterMs: '5' })}}`,
    ],
    [
      1,
      `{"type":"call.completed","id":${requestId},"payload":{"requestId":${requestId},"count":${hostileValue(random)}}}`,
    ],
    [1, hostileText(random)],
  ])
  spoke.socket.send(frame)
  return await answer
}

export const socketEntries: readonly EntryPoint[] = [
  { name: 'WebSocket frame', weight: 4, run: socketFrame },
  { name: 'WebSocket input', weight: 3, run: socketInput },
  { name: 'hub.register', weight: 3, run: socketRegister },
  { name: 'spoke answer', weight: 5, run: spokeAnswer },
]
