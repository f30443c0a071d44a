import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFuzzHub } from '../fuzz/fuzz-hub.ts'
import type { FuzzHub } from '../fuzz/fuzz-hub.ts'
import { nestedText } from '../fuzz/hostile-json.ts'
import { ENTRY_POINTS, runFuzz } from '../fuzz/run-fuzz.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import { specOf } from './broker-spoke.ts'

let hub: FuzzHub

beforeAll(async () => {
  hub = await startFuzzHub(1)
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const echo = 'client.fuzz-echo.fuzz.echo'

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${hub.target.gateway}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${hub.target.key}`,
      'content-type': 'application/json',
      ...headers,
    },
    body,
  })
  return { status: response.status, text: await response.text() }
}

const deep = [513, 600, 5000, 100_000].map((depth) => nestedText(depth))

test('deep input over HTTP is a VALIDATION_ERROR, whichever process serves the operation (A1, B1)', async () => {
  for (const operation of [echo, 'tasks.list', 'accounts.me', 'spokes.list', 'keys.create'])
    for (const text of [...deep, nestedText(9000, '{"a":', '}')]) {
      const answer = await post(`/api/operations/${operation}`, text)
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
        400,
        { code: 'VALIDATION_ERROR' },
      ])
    }
  expect(hub.look()).toBe(true)
})

test('deep input is refused at the addresses of models, sessions, webhooks and the scripted model (A1)', async () => {
  const { ids, scripted } = hub.target
  const models = ['chat/completions', 'responses', 'messages', 'completions', 'embeddings']
  for (const text of deep) {
    for (const path of [...models, 'moderations', 'providers/outside/rerank'])
      for (const body of [text, `{"model":"outside/m","input":${text},"messages":${text}}`])
        expect([path, (await post(`/v1/${path}`, body)).status]).toEqual([path, 400])
    const chats = [text, `{"message":{"role":"user","parts":${text}}}`]
    for (const body of chats) {
      const answer = await post(`/api/sessions/${ids.get('sessionId')}/ui`, body)
      expect([answer.status, answer.text]).toEqual([
        400,
        expect.stringContaining('VALIDATION_ERROR'),
      ])
    }
    for (const [operation, member] of Object.entries({
      'sessions.import': 'document',
      'sessions.prompt': 'text',
      'webhooks.create': 'url',
      'calls.graph': 'callId',
    })) {
      const answer = await post(`/api/operations/${operation}`, `{"${member}":${text}}`)
      expect([operation, answer.text]).toEqual([
        operation,
        expect.stringContaining('VALIDATION_ERROR'),
      ])
    }
    const answer = await fetch(`${scripted}/chat/completions`, { method: 'POST', body: text })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('error')])
  }
  expect(hub.look()).toBe(true)
})

test('512 levels go to a spoke and back', async () => {
  const text = nestedText(512)
  const answer = await post(`/api/operations/${echo}`, text)
  expect(answer.status).toBe(200)
  expect(answer.text).toContain(`"data":${text}`)
})

test('deep members of a frame are a VALIDATION_ERROR, and the socket lives (A1)', async () => {
  await using socket = await PlainSocket.open(hub.target.gateway, hub.target.key)
  let id = 0
  for (const operation of [echo, 'accounts.me', 'hub.register'])
    for (const text of deep)
      for (const member of [`"input":${text}`, `"input":{},"metadata":{"a":${text}}`]) {
        id += 1
        socket.socket.send(
          `{"type":"call.requested","id":"${id}","payload":{"requestId":"${id}","operationId":"${operation}",${member}}}`,
        )
        expect(await socket.next((frame) => frame.id === String(id))).toMatchObject({
          type: 'call.error',
          payload: { code: 'VALIDATION_ERROR' },
        })
      }
  expect((await socket.call('accounts.me', {})).type).toBe('call.responded')
})

test('a deep answer of a spoke fails its call with EXECUTION_ERROR, and its socket lives (A1)', async () => {
  await using spoke = await PlainSocket.open(hub.target.gateway, hub.target.key)
  await register(spoke, 'deep', [specOf('one', { inputSchema: {} })])
  const meta = '"source":"local","operationId":"t.one","timestamp":1'
  const members = (text: string): readonly [type: string, member: string][] => [
    ['call.responded', `"output":{"data":${text},"meta":{${meta}}}`],
    ['call.responded', `"output":{"data":1,"meta":{${meta},"content":${text}}}`],
    ['call.responded', `"seq":1,"output":{"data":${text},"meta":{${meta}}}`],
    ['call.error', `"code":"CONFLICT","message":"m","details":${text}`],
  ]
  for (const text of deep)
    for (const [type, member] of members(text)) {
      const answer = post('/api/operations/client.deep.t.one', '{}')
      const { id } = await spoke.next((frame) => frame.type === 'call.requested')
      spoke.socket.send(`{"type":"${type}","id":"${id}","payload":{"requestId":"${id}",${member}}}`)
      expect(JSON.parse((await answer).text)).toMatchObject({ code: 'EXECUTION_ERROR' })
    }
  expect((await spoke.call('accounts.me', {})).type).toBe('call.responded')
  expect(hub.look()).toBe(true)
})

test('a deep argument of an MCP tool is a VALIDATION_ERROR (A1)', async () => {
  const headers = { accept: 'application/json, text/event-stream' }
  for (const text of deep) {
    const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call","arguments":{"operationId":"${echo}","input":${text}}}}`
    expect((await post('/mcp', call, headers)).text).toContain('VALIDATION_ERROR')
    const native = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tasks.list","arguments":{"a":${text}}}}`
    const answer = await post('/mcp/native', native, headers)
    expect(answer.text).toMatch(/VALIDATION_ERROR|nested deeper/)
  }
  expect(hub.look()).toBe(true)
})

test.each([
  ['a member __proto__', '{"__proto__":{"isAdmin":true}}'],
  ['constructor.prototype', '{"constructor":{"prototype":{"isAdmin":true}}}'],
  ['half of a surrogate pair', '["\\ud800"]'],
  ['NUL', '["a\\u0000"]'],
  ['a text of 400,000 characters', `["${'x'.repeat(400_000)}"]`],
  ['100,000 members', `[${Array.from({ length: 100_000 }, () => '1').join()}]`],
])('%s goes to a spoke and back unchanged, over HTTP and WebSocket (B18)', async (_what, text) => {
  const answer = await post(`/api/operations/${echo}`, text)
  expect([answer.status, answer.text.includes(`"data":${text}`)]).toEqual([200, true])
  await using socket = await PlainSocket.open(hub.target.gateway, hub.target.key)
  const { type, payload } = await socket.call(echo, JSON.parse(text))
  expect(type).toBe('call.responded')
  expect(JSON.stringify(payload.output.data) === text).toBe(true)
})

test('a number beyond the range of JSON numbers is null at the spoke, as JSON has no other text for it', async () => {
  expect((await post(`/api/operations/${echo}`, '[1e400]')).text).toContain('"data":[null]')
})

test('eight seconds of hostile input at every entry point end no process, and every refusal has a code', async () => {
  const tally = await runFuzz(hub, { seed: 20_261, forMs: 8000, workers: 4 })
  expect(hub.ended).toEqual([])
  expect(hub.ownerless).toEqual([])
  expect(tally.faults).toEqual([])
  expect([...tally.counts.keys()].toSorted()).toEqual(
    ENTRY_POINTS.map(({ name }) => name).toSorted(),
  )
})
