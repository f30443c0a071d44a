import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { deferred } from '@alkdev/std'
import { expect, test } from 'vitest'
import { HubClient } from '../hub/hub-client.ts'
import { relayStdio } from './stdio-relay.ts'

interface Seen {
  readonly headers: IncomingMessage['headers']
  readonly message: { readonly id?: unknown; readonly method: string }
}

/** An HTTP server that answers as `answer` says, a relay to it, and the two ends of the relay. */
async function start(
  answer: (seen: Seen, response: ServerResponse, request: IncomingMessage) => void,
) {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.once('end', () => {
      const message =
        body === '' ? { method: request.method ?? '' } : (JSON.parse(body) as Seen['message'])
      const one = { headers: request.headers, message }
      seen.push(one)
      answer(one, response, request)
    })
  })
  const listening = deferred<void>()
  server.listen(0, '127.0.0.1', () => listening.resolve())
  await listening.promise
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = new AbortController()
  const hub = new HubClient(url, 'alk_test', stop.signal)
  const input = new PassThrough()
  const output: Record<string, unknown>[] = []
  const news = new Set<() => void>()
  const ended = relayStdio({
    input,
    write: async (line) => {
      expect(line).not.toContain('\n')
      output.push(JSON.parse(line) as Record<string, unknown>)
      for (const tell of news) tell()
    },
    post: (body, headers, signal) => hub.post('/mcp', body, headers, signal),
    open: (headers, signal) => hub.stream('/mcp', headers, signal),
    where: url,
    signal: stop.signal,
  })
  return {
    seen,
    output,
    ended,
    stop,
    url,
    send: (message: unknown) =>
      void input.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`),
    end: () => void input.end(),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
    async lines(count: number): Promise<Record<string, unknown>[]> {
      while (output.length < count) {
        const more = deferred<void>()
        news.add(more.resolve)
        await more.promise
        news.delete(more.resolve)
      }
      return output
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      server.closeAllConnections()
      server.close()
      await ended.catch(() => undefined)
    },
  }
}

function json(response: ServerResponse, status: number, value: unknown, type = 'application/json') {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(value))
}

test('a request is POSTed with the key, and its JSON answer becomes one line', async () => {
  await using relay = await start(({ message }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(`{"jsonrpc":"2.0",\n"id":${JSON.stringify(message.id)},\n"result":{}}`)
  })
  relay.send({ jsonrpc: '2.0', id: 'a', method: 'tools/list' })
  expect(await relay.lines(1)).toEqual([{ jsonrpc: '2.0', id: 'a', result: {} }])
  expect(relay.seen[0]?.headers).toMatchObject({
    authorization: 'Bearer alk_test',
    accept: 'application/json, text/event-stream',
  })
})

test('each event of a stream becomes a line while the stream continues', async () => {
  const held = deferred<ServerResponse>()
  await using relay = await start((_seen, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': hello\n\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n')
    held.resolve(response)
  })
  relay.send({ jsonrpc: '2.0', id: 1, method: 'tools/call' })
  expect(await relay.lines(1)).toEqual([{ jsonrpc: '2.0', method: 'notifications/progress' }])
  ;(await held.promise).end('data: {"jsonrpc":"2.0","id":1,"result":{"ok":true}}\n\n')
  expect((await relay.lines(2))[1]).toEqual({ jsonrpc: '2.0', id: 1, result: { ok: true } })
})

test('a cancelled request ends its POST and gets no answer; others continue', async () => {
  const closed = deferred<void>()
  const arrived = deferred<void>()
  await using relay = await start(({ message }, response) => {
    if (message.id === 2) return json(response, 200, { jsonrpc: '2.0', id: 2, result: {} })
    response.once('close', () => closed.resolve())
    arrived.resolve()
    return undefined
  })
  relay.send({ jsonrpc: '2.0', id: 1, method: 'tools/call' })
  await arrived.promise
  relay.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } })
  await closed.promise
  relay.send({ jsonrpc: '2.0', id: 2, method: 'tools/call' })
  expect(await relay.lines(1)).toEqual([{ jsonrpc: '2.0', id: 2, result: {} }])
  expect(relay.seen).toHaveLength(2)
})

test('the version that initialize ends with is said from then on; notifications get no answer', async () => {
  await using relay = await start(({ message }, response) => {
    if (message.id === undefined) return void response.writeHead(202).end()
    return json(response, 200, {
      jsonrpc: '2.0',
      id: message.id,
      result: { protocolVersion: '2025-06-18' },
    })
  })
  relay.send({ jsonrpc: '2.0', id: 0, method: 'initialize' })
  await relay.lines(1)
  relay.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
  relay.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  expect((await relay.lines(2)).map((line) => line['id'])).toEqual([0, 1])
  expect(relay.seen.map(({ headers }) => headers['mcp-protocol-version'])).toEqual([
    undefined,
    '2025-06-18',
    '2025-06-18',
  ])
})

test('what the hub refuses, and a hub that is unavailable, is an answer to the request', async () => {
  await using relay = await start((_seen, response) =>
    json(
      response,
      401,
      { code: 'UNAUTHENTICATED', detail: 'The key is not valid.' },
      'application/problem+json',
    ),
  )
  relay.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  expect(await relay.lines(1)).toEqual([
    {
      jsonrpc: '2.0',
      id: 1,
      error: {
        code: -32_000,
        message:
          'UNAUTHENTICATED: The key is not valid. Start it with a valid key: --key-file FILE.',
      },
    },
  ])
  await using cut = await start((_seen, _response, request) => void request.socket.destroy())
  cut.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  expect((await cut.lines(1))[0]).toMatchObject({
    id: 1,
    error: {
      message: `The connection to the hub at ${cut.url} broke before its answer: what was asked may have been done.`,
    },
  })
  await cut.close()
  cut.send({ jsonrpc: '2.0', id: 2, method: 'tools/list' })
  expect((await cut.lines(2))[1]).toMatchObject({
    id: 2,
    error: { message: `No hub answers at ${cut.url}.` },
  })
})

test('an error without an id, of a message that the hub did not read, is the answer to the request', async () => {
  const error = { code: -32_000, message: 'too large' }
  await using relay = await start((_seen, response) =>
    json(response, 413, { jsonrpc: '2.0', id: null, error }),
  )
  relay.send({ jsonrpc: '2.0', id: 'a', method: 'tools/call' })
  expect(await relay.lines(1)).toEqual([{ jsonrpc: '2.0', id: 'a', error }])
})

test('a message that is nested too deep goes to the hub, which answers by its id', async () => {
  await using relay = await start(({ message }, response) =>
    json(response, 200, { jsonrpc: '2.0', id: message.id, error: { code: -32_602 } }),
  )
  const deep = '['.repeat(3000) + ']'.repeat(3000)
  relay.send(`{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"arguments":${deep}}}`)
  expect(await relay.lines(1)).toEqual([{ jsonrpc: '2.0', id: 8, error: { code: -32_602 } }])
})

test('an answer that is cut off says so, and not that there is no hub', async () => {
  await using relay = await start((_seen, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{"jsonrpc":', () => response.destroy())
  })
  relay.send({ jsonrpc: '2.0', id: 1, method: 'tools/call' })
  expect((await relay.lines(1))[0]).toMatchObject({
    id: 1,
    error: {
      message: `The connection to the hub at ${relay.url} broke before its answer: the call may have run.`,
    },
  })
})

test('a message whose method is not a text, and one that is too long, are refused', async () => {
  await using relay = await start(() => undefined)
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
  relay.send({ jsonrpc: '2.0', id: 7, method: 5, params: { _meta: meta } })
  relay.send('x'.repeat(16 * 1024 * 1024 + 1))
  expect(
    (await relay.lines(2)).map(({ id, error }) => [id, (error as { code: number }).code]),
  ).toEqual([
    [7, -32_600],
    [null, -32_600],
  ])
  expect(relay.seen).toEqual([])
})

test('lines that are no message, and an id that is under way, are refused', async () => {
  await using relay = await start(() => undefined)
  relay.send('nonsense')
  relay.send([])
  relay.send({ jsonrpc: '2.0', id: 1, method: 'a' })
  relay.send({ jsonrpc: '2.0', id: 1, method: 'b' })
  const lines = await relay.lines(3)
  expect(lines.map((line) => [line['id'], (line['error'] as { code: number }).code])).toEqual([
    [null, -32_700],
    [null, -32_700],
    [1, -32_600],
  ])
})

test('when the client closes its end, the answers on their way are still given', async () => {
  const held = deferred<ServerResponse>()
  await using relay = await start((_seen, response) => held.resolve(response))
  relay.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  const response = await held.promise
  relay.end()
  json(response, 200, { jsonrpc: '2.0', id: 1, result: {} })
  await relay.ended
  expect(relay.output).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }])
})

test('a signal ends the relay and what is under way', async () => {
  const closed = deferred<void>()
  const arrived = deferred<void>()
  await using relay = await start((_seen, response) => {
    response.once('close', () => closed.resolve())
    arrived.resolve()
  })
  relay.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  await arrived.promise
  relay.stop.abort()
  await relay.ended
  await closed.promise
  expect(relay.output).toEqual([])
})

test('the session of initialize is repeated, also with answers to requests of the hub', async () => {
  await using relay = await start(({ message }, response) => {
    if (message.method !== 'initialize') return void response.writeHead(202).end()
    const answer = { jsonrpc: '2.0', id: message.id, result: { protocolVersion: '2025-11-25' } }
    response.setHeader('mcp-session-id', 's1')
    return json(response, 200, answer)
  })
  relay.send({ jsonrpc: '2.0', id: 0, method: 'initialize' })
  await relay.lines(1)
  relay.send({ jsonrpc: '2.0', id: 'question', result: { action: 'accept' } })
  relay.end()
  await relay.ended
  expect(relay.seen.map(({ headers }) => headers['mcp-session-id'])).toEqual([undefined, 's1'])
  expect(relay.seen[1]?.message).toMatchObject({ id: 'question', result: { action: 'accept' } })
})

/** A relay to a hub whose changes are a stream, after an older client has begun. */
async function begun(capabilities: object) {
  const changed = { jsonrpc: '2.0', method: 'notifications/prompts/list_changed' }
  const relay = await start(({ message: { id, method } }, response) => {
    if (method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return void response.write(`data: ${JSON.stringify(changed)}\n\n`)
    }
    if (method === 'notifications/initialized') return void response.writeHead(202).end()
    const result = { protocolVersion: '2025-11-25', capabilities }
    return void response
      .writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's1' })
      .end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  })
  relay.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} })
  await relay.lines(1)
  relay.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
  return { relay, changed }
}

test('an older client gets what the hub reports without a request', async () => {
  const { relay, changed } = await begun({ prompts: { listChanged: true } })
  await using _ = relay
  expect((await relay.lines(2))[1]).toEqual(changed)
  expect(relay.seen.at(-1)).toMatchObject({
    message: { method: 'GET' },
    headers: {
      accept: 'text/event-stream',
      'mcp-session-id': 's1',
      'mcp-protocol-version': '2025-11-25',
    },
  })
  relay.end()
  await relay.ended
})

test('no stream is opened at a hub that says that nothing changes', async () => {
  const { relay } = await begun({ prompts: {}, tools: { listChanged: false } })
  await using _ = relay
  await expect.poll(() => relay.seen.length).toBe(2)
  relay.send({ jsonrpc: '2.0', id: 2, method: 'tools/list' })
  await relay.lines(2)
  expect(relay.seen.map(({ message }) => message.method)).toEqual([
    'initialize',
    'notifications/initialized',
    'tools/list',
  ])
  relay.end()
  await relay.ended
})
