import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

const SECRET = 'realtime-planted-0123456789'
let hub: TestStack
let user: TestKey
let folder: string
let url: string
/** Handshakes that the provider got, and its sockets. */
const handshakes: IncomingMessage[] = []
const sockets: WebSocket[] = []
let refusesWith: number | undefined
const server = createServer()
const endpoint = new WebSocketServer({ noServer: true })

const response = (input: number, output: number) => ({
  type: 'response.done',
  response: { usage: { total_tokens: input + output, input_tokens: input, output_tokens: output } },
})

beforeAll(async () => {
  server.on('upgrade', (request, socket, head) => {
    handshakes.push(request)
    if (refusesWith !== undefined)
      socket.end(`HTTP/1.1 ${refusesWith} No\r\ncontent-length: 0\r\n\r\n`)
    else
      endpoint.handleUpgrade(request, socket, head, (opened) => {
        sockets.push(opened)
        opened.on('message', (data: Buffer, isBinary) => opened.send(data, { binary: isBinary }))
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  folder = await mkdtemp(join(tmpdir(), 'alkhub-prices-'))
  const pricesFile = join(folder, 'prices.json')
  const models = { 'rt/*': { input: 2, output: 10 } }
  await writeFile(pricesFile, JSON.stringify({ version: 'test', models }))
  hub = await startTestStack({ inference: { pricesFile } })
  user = await hub.createKey(['inference:use', 'clients:*', 'budgets:*'])
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  await call(hub, user, 'clients.create', {
    name: 'rt',
    type: 'llm-provider',
    config: { baseUrl, models: ['voice'], paths: ['realtime'] },
    secret: SECRET,
  })
  url = `${hub.inference.replace('http', 'ws')}/v1/realtime?model=rt/voice`
})
afterAll(async () => {
  for (const socket of sockets) socket.terminate()
  server.closeAllConnections()
  server.close()
  await hub?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const bearer = (key = user.key) => ({ headers: { authorization: `Bearer ${key}` } })

async function opened(to = url, key = user.key, protocols: string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(to, protocols, bearer(key))
  await once(socket, 'open')
  return socket
}

/** Status and body of a refused handshake. */
async function refusal(to: string, key = user.key): Promise<{ status: number; text: string }> {
  const socket = new WebSocket(to, bearer(key))
  socket.on('error', () => undefined)
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return { status: answer.statusCode ?? 0, text }
}

const rows = async (keyId = user.keyId): Promise<Record<string, unknown>[]> => hub.database.sql`
  select * from inference_usage where key_id = ${keyId} and endpoint = 'realtime' order by started_at desc`

/** The newest call of the key when it has ended. */
async function ended(keyId = user.keyId): Promise<Record<string, unknown>> {
  await expect
    .poll(async () => (await rows(keyId))[0]?.['ended_at'], { timeout: 20_000 })
    .toBeTruthy()
  return (await rows(keyId))[0] ?? {}
}

test.each(['inference', 'gateway'] as const)(
  'messages pass in both directions through the %s, and their tokens are on one row',
  async (through) => {
    const socket = await opened(
      url.replace(hub.inference.replace('http', 'ws'), hub[through].replace('http', 'ws')),
    )
    expect(handshakes.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`)
    expect(handshakes.at(-1)?.url).toBe('/v1/realtime?model=voice')
    expect(handshakes.at(-1)?.headers['sec-websocket-extensions']).toBeUndefined()
    for (const message of ['Hello ✓', Buffer.from([0, 255, 1]), 'x'.repeat(300_000)]) {
      const answer = once(socket, 'message')
      socket.send(message)
      // oxlint-disable-next-line no-await-in-loop -- one message after the other
      const [data] = (await answer) as [Buffer]
      expect(data.equals(Buffer.from(message))).toBe(true)
    }
    const seen: string[] = []
    socket.on('message', (data: Buffer) => seen.push(data.toString()))
    sockets.at(-1)?.send(JSON.stringify(response(10, 5)))
    sockets.at(-1)?.send(JSON.stringify(response(20, 1)))
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(2)
    socket.close()
    expect(await ended()).toMatchObject({
      ended_by: 'done',
      status: 101,
      code: null,
      input_tokens: '30',
      output_tokens: '6',
      cost_micros: '120',
      usage_source: 'provider',
      model: 'voice',
    })
  },
)

test('a page shows its key in a subprotocol, which the provider does not get', async () => {
  const protocols = ['realtime', `openai-insecure-api-key.${user.key}`]
  const socket = new WebSocket(url, protocols)
  await once(socket, 'open')
  expect(socket.protocol).toBe('realtime')
  expect(handshakes.at(-1)?.headers['sec-websocket-protocol']).toBe('realtime')
  socket.close()
  await ended()
})

test('the key of the provider is taken out of its messages', async () => {
  const socket = await opened()
  const message = once(socket, 'message')
  sockets.at(-1)?.send(JSON.stringify({ error: `Bearer ${SECRET}` }))
  expect(String((await message)[0])).not.toContain('planted')
  socket.close()
  await ended()
})

test.each([
  ['without a key', 401, () => [url, 'alk_wrong'] as const],
  [
    'for a path that no provider offers',
    404,
    () => [url.replace('/realtime', '/other'), undefined] as const,
  ],
  ['below another address', 404, () => [url.replace('/v1/', '/v2/'), undefined] as const],
])('a request %s is refused with %i', async (_, status, asked) => {
  const [to, key] = asked()
  expect((await refusal(to, key)).status).toBe(status)
})

test.each([
  [401, 502, 'upstream_auth_failed'],
  [402, 502, 'upstream_quota_exceeded'],
  [429, 429, 'upstream_error'],
  [404, 404, 'upstream_error'],
])(
  'a provider that answers %i to the handshake is reported as %i %s',
  async (answers, status, code) => {
    refusesWith = answers
    const refused = await refusal(url).finally(() => (refusesWith = undefined))
    expect(refused).toMatchObject({ status })
    expect(refused.text).toContain(`"code":"${code}"`)
    expect(await ended()).toMatchObject({ status, cost_micros: '0' })
  },
)

test('a provider that breaks off is reported by a close frame, and the row is truncated', async () => {
  const socket = await opened()
  const closed = once(socket, 'close')
  sockets.at(-1)?.terminate()
  const [code, reason] = (await closed) as [number, Buffer]
  expect([code, reason.toString()]).toEqual([1011, 'upstream_truncated'])
  expect(await ended()).toMatchObject({ ended_by: 'upstream', truncated: true })
})

test('a provider that closes closes with its own code', async () => {
  const socket = await opened()
  const closed = once(socket, 'close')
  sockets.at(-1)?.close(4001, 'over')
  expect((await closed)[0]).toBe(4001)
  expect(await ended()).toMatchObject({ ended_by: 'done', truncated: false })
})

test('a revoked key ends the socket', async () => {
  const other = await hub.createKey(['inference:use'], user.accountId)
  const socket = await opened(url, other.key)
  const closed = once(socket, 'close')
  const revoked = await call(hub, hub.admin, 'keys.revoke', { keyId: other.keyId })
  expect(revoked.status).toBe(200)
  expect((await closed)[0]).toBe(1008)
  expect(await ended(other.keyId)).toMatchObject({ ended_by: 'hub' })
})

test('a socket ends when its reservation is used, and the budget counts what was used', async () => {
  const limited = await hub.createKey(['inference:use'], user.accountId)
  const set = await call(hub, user, 'budgets.set', {
    subjectType: 'key',
    subjectId: limited.keyId,
    unit: 'tokens',
    period: 'total',
    limit: 100,
    maxOutputTokens: 100,
  })
  expect(set.status).toBe(200)
  const socket = await opened(url, limited.key)
  const closed = once(socket, 'close')
  sockets.at(-1)?.send(JSON.stringify(response(60, 50)))
  const [code, reason] = (await closed) as [number, Buffer]
  expect([code, reason.toString()]).toEqual([1008, 'budget_exceeded'])
  expect(await ended(limited.keyId)).toMatchObject({ input_tokens: '60', output_tokens: '50' })
  expect(await refusal(url, limited.key)).toMatchObject({ status: 402 })
})
