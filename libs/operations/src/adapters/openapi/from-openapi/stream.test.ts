import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { CallError } from '../../../calls/call-error.ts'
import { FromOpenAPI } from '../../../from-openapi.ts'
import type { HTTPServiceConfig, SSEOptions } from '../../../from-openapi.ts'
import { OperationRegistry } from '../../../registry/registry.ts'
import type { ResponseEnvelope } from '../../../calls/response-envelope.ts'
import type { OperationContext } from '../../../registry/types.ts'
import { answerJson, echoServer } from './fixtures/echo-server.ts'
import type { EchoServer } from './fixtures/echo-server.ts'

function events(
  server: EchoServer,
  sse: SSEOptions = {},
  context: OperationContext = {},
  schema: object = {},
  method = 'get',
  config: Partial<HTTPServiceConfig> = {},
): AsyncGenerator<ResponseEnvelope> {
  const registry = new OperationRegistry()
  const responses = { 200: { description: '', content: { 'text/event-stream': { schema } } } }
  const requestBody = { content: { 'application/json': { schema: {} } } }
  const operation = {
    operationId: 'watch',
    responses,
    ...(method === 'get' ? {} : { requestBody }),
  }
  const spec = { openapi: '3.1.0', paths: { '/watch': { [method]: operation } } }
  registry.registerAll(
    FromOpenAPI(spec, {
      namespace: 'api',
      baseUrl: server.url,
      sse: { retryMs: 1, ...sse },
      ...config,
    }),
  )
  return registry.subscribe('api.watch', method === 'get' ? {} : { body: { q: 1 } }, context)
}

function begin(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/event-stream' })
}

/** Each piece in a packet of its own. */
async function send(response: ServerResponse, pieces: readonly (string | Buffer)[]): Promise<void> {
  for (const piece of pieces) {
    response.write(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function all(items: AsyncIterable<ResponseEnvelope>): Promise<ResponseEnvelope[]> {
  return Array.fromAsync(items)
}

async function failure(
  items: AsyncIterable<ResponseEnvelope>,
): Promise<{ data: unknown[]; error: CallError }> {
  const data: unknown[] = []
  try {
    for await (const item of items) data.push(item.data)
  } catch (error) {
    return { data, error: error as CallError }
  }
  return expect.fail('the stream should have failed')
}

test('events arrive whole however they are cut, also inside a character, with their names and ids (A12)', async () => {
  const bytes = Buffer.from(
    'id: 1\nevent: add\ndata: {"a":"é😀"}\r\n\r\ndata: plain\n\n: bye\ndata: [DONE]\n\ndata: late\n\n',
  )
  await using server = await echoServer(async (_, response) => {
    await send(
      begin(response),
      Array.from(bytes, (byte) => Buffer.from([byte])),
    )
    response.end()
  })
  const items = await all(events(server))
  expect(items.map(({ data }) => data)).toEqual([{ a: 'é😀' }, 'plain'])
  expect(items.map(({ meta }) => [meta.source, meta['event'], meta['lastEventId']])).toEqual([
    ['sse', 'add', '1'],
    ['sse', 'message', '1'],
  ])
  expect(server.seen[0]?.headers.accept).toBe('text/event-stream')
})

test('a POST streams with its body', async () => {
  await using server = await echoServer((_, response) => void begin(response).end('data: 1\n\n'))
  expect(await all(events(server, {}, {}, {}, 'post'))).toHaveLength(1)
  expect([server.seen[0]?.method, server.seen[0]?.body.toString()]).toEqual(['POST', '{"q":1}'])
})

test('a broken stream is resumed with Last-Event-ID after the time that the stream asked for', async () => {
  let connections = 0
  await using server = await echoServer(async (_, response) => {
    connections += 1
    begin(response)
    if (connections === 1) {
      await send(response, ['retry: 5\nid: 41\ndata: 1\n\n', 'data: lost'])
      response.destroy()
    } else response.end('data: 2\n\n')
  })
  const items = await all(events(server))
  expect(items.map(({ data, meta }) => [data, meta['lastEventId']])).toEqual([
    [1, '41'],
    [2, '41'],
  ])
  expect(server.seen.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '41'])
})

test('a stream that has given no id is not resumed: what was lost would not be known', async () => {
  await using server = await echoServer(async (_, response) => {
    await send(begin(response), ['data: 1\n\n'])
    response.destroy()
  })
  const { data, error } = await failure(events(server))
  expect([data, error.code, server.seen.length]).toEqual([[1], 'PROVIDER_LOST', 1])
})

test('resuming ends after `maxAttempts` attempts without an event, or when it is switched off', async () => {
  const answer = async (response: ServerResponse, first: boolean): Promise<void> => {
    if (first) await send(begin(response), ['id: 1\ndata: 1\n\n'])
    response.destroy()
  }
  for (const [sse, connections] of [
    [{ maxAttempts: 3 }, 4],
    [{ resume: 'never' }, 1],
  ] as const) {
    await using server = await echoServer((_, response) =>
      answer(response, server.seen.length === 1),
    )
    const { error } = await failure(events(server, sse))
    expect([error.code, server.seen.length]).toEqual(['PROVIDER_LOST', connections])
  }
})

test('a service that refuses the resumption is believed; one that is unavailable is asked again', async () => {
  const statuses = [200, 503, 410]
  await using server = await echoServer(async (_, response) => {
    const status = statuses.shift() ?? 200
    if (status !== 200) return answerJson(response, {}, status)
    await send(begin(response), ['id: 1\ndata: 1\n\n'])
    response.destroy()
    return undefined
  })
  const { error } = await failure(events(server))
  expect(error.details).toMatchObject({ status: 410 })
  expect(server.seen).toHaveLength(3)
})

test('with `always` a stream continues after its end, as in a browser, until the service says 204', async () => {
  let connections = 0
  await using server = await echoServer((_, response) => {
    connections += 1
    if (connections === 3) response.writeHead(204).end()
    else begin(response).end(`id: ${connections}\ndata: ${connections}\n\n`)
  })
  const items = await all(events(server, { resume: 'always' }))
  expect(items.map(({ data }) => data)).toEqual([1, 2])
  expect(server.seen.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1', '2'])
})

test('leaving the loop ends the request (A12: only the reader was let go)', async () => {
  const closed = Promise.withResolvers<unknown>()
  await using server = await echoServer((_, response) => {
    closed.resolve(once(response, 'close'))
    begin(response).write('data: 1\n\n')
  })
  for await (const _ of events(server)) break
  await expect(closed.promise).resolves.toBeDefined()
})

test("the caller's abort ends the stream and the request, also while it waits to resume", async () => {
  for (const breaks of [false, true]) {
    await using server = await echoServer(async (_, response) => {
      await send(begin(response), ['retry: 60000\nid: 1\ndata: 1\n\n'])
      if (breaks) response.destroy()
    })
    const caller = new AbortController()
    const items = events(server, {}, { signal: caller.signal })
    await items.next()
    const next = items.next()
    setTimeout(() => caller.abort(), 20)
    await expect(next).rejects.toMatchObject({ code: 'ABORTED' })
  }
})

test('a silent stream times out; the time does not run while the consumer is busy, nor out while bytes come', async () => {
  await using server = await echoServer(async (_, response) => {
    begin(response)
    for (let i = 0; i < 10; i++) {
      await send(response, [': alive\n'])
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await send(response, ['data: 1\n\n'])
  })
  const { data, error } = await failure(events(server, { idleTimeoutMs: 150 }))
  expect([data, error.code]).toEqual([[1], 'TIMEOUT'])
})

test('an event over the limit ends the stream', async () => {
  await using server = await echoServer(
    (_, response) => void begin(response).write(`data: ${'x'.repeat(5000)}`),
  )
  const { error } = await failure(events(server, { maxEventChars: 1000 }))
  expect(error.code).toBe('PAYLOAD_TOO_LARGE')
})

test('a refusal and a plain answer instead of a stream are an error and one item', async () => {
  await using refusing = await echoServer((_, response) => answerJson(response, { why: 1 }, 401))
  expect((await failure(events(refusing))).error.details).toMatchObject({
    status: 401,
    body: { why: 1 },
  })
  await using plain = await echoServer((_, response) => answerJson(response, { all: 1 }))
  expect((await all(events(plain))).map(({ data }) => data)).toEqual([{ all: 1 }])
})

test('with checkOutput error an item that does not fit the schema of the events ends the stream', async () => {
  await using server = await echoServer(
    (_, response) => void begin(response).end('data: {"n":1}\n\ndata: {"n":"x"}\n\n'),
  )
  const schema = { type: 'object', properties: { n: { type: 'integer' } } }
  const { data, error } = await failure(
    events(server, {}, {}, schema, 'get', { checkOutput: 'error' }),
  )
  expect([data, error.code]).toEqual([[{ n: 1 }], 'EXECUTION_ERROR'])
})

test('a slow consumer holds back the server: nothing is read ahead without end', async () => {
  let written = 0
  await using server = await echoServer(async (_, response) => {
    begin(response)
    const closed = once(response, 'close')
    const piece = `data: ${JSON.stringify('x'.repeat(64 * 1024))}\n\n`
    while (!response.destroyed && written < 400) {
      written += 1
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed])
    }
    response.end()
  })
  const items = events(server)
  await items.next()
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(written).toBeLessThan(400)
  await items.return(undefined)
})
