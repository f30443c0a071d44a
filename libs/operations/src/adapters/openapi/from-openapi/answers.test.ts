import { expect, test } from 'vitest'
import { OperationRegistry } from '../../../registry/registry.ts'
import { FromOpenAPI } from '../../../from-openapi.ts'
import type { ResponseEnvelope } from '../../../calls/response-envelope.ts'
import { callOperationOf, documentOf } from './fixtures/call-operation.ts'
import { answerJson, echoServer } from './fixtures/echo-server.ts'

const answers = (content: object, status = 200) => ({
  responses: { [status]: { description: '', content } },
})
const json = (schema: unknown) => answers({ 'application/json': { schema } })
const text = answers({ 'text/plain': { schema: { type: 'string' } } })

async function answered(
  operation: object,
  type: string | undefined,
  body: Buffer | string,
  more: object = {},
): Promise<ResponseEnvelope> {
  await using server = await echoServer((_, response) => {
    if (type !== undefined) response.setHeader('content-type', type)
    response.writeHead(200).end(body)
  })
  return await callOperationOf({ operation, ...more }, server.url)
}

test.each([
  ['text/plain; charset=iso-8859-1', Buffer.from('é', 'latin1'), 'é'],
  ['text/plain; charset="windows-1252"', Buffer.from([0x80]), '€'],
  ['text/plain; charset=utf-16le', Buffer.from('é', 'utf16le'), 'é'],
  ['text/plain; charset=Shift_JIS', Buffer.from([0x93, 0xfa]), '日'],
  ['text/plain; charset=utf-8', Buffer.from('\uFEFFé'), 'é'],
  ['text/plain', Buffer.from('é'), 'é'],
  ['text/plain; charset=klingon', Buffer.from('é'), 'é'],
])('text of type %s is decoded as it says (B8)', async (type, body, expected) => {
  expect((await answered(text, type, body)).data).toBe(expected)
})

test.each([
  ['application/json; charset=utf-16', Buffer.from('\uFEFF{"a":"é"}', 'utf16le')],
  ['application/json; charset=utf-16', Buffer.from('{"a":"é"}', 'utf16le').swap16()],
  ['application/json; charset=iso-8859-1', Buffer.from('{"a":"é"}', 'latin1')],
  [undefined, '{"a":"é"}'],
  ['application/json, application/json', '{"a":"é"}'],
  ['application/vnd.acme.v1', '{"a":"é"}'],
  ['application/x-javascript', '{"a":"é"}'],
  ['text/html; charset=utf-8', '{"a":"é"}'],
])('JSON of type %s is parsed where the document says JSON (B8, B15)', async (type, body) => {
  const envelope = await answered(json({ type: 'object' }), type, body)
  expect(envelope.data).toEqual({ a: 'é' })
  expect(envelope.meta['outputMismatch']).toBeUndefined()
})

test('an answer without a content type is text where the document says text, else bytes', async () => {
  expect((await answered(text, undefined, 'plain')).data).toBe('plain')
  const bytes = answers({ 'application/octet-stream': {} })
  const { data, meta } = await answered(bytes, undefined, Buffer.from([0, 255]))
  expect([data, meta['encoding']]).toEqual(['AP8=', 'base64'])
})

const long = '9007199254740993'

test('an integer beyond 2^53 arrives as text with all its digits (B20)', async () => {
  const schema = {
    type: 'object',
    properties: {
      id: { type: 'integer', format: 'int64' },
      ids: { type: 'array', items: { $ref: '#/components/schemas/Id' } },
      small: { type: 'integer', format: 'int64' },
      real: { type: 'number' },
    },
  }
  const components = { schemas: { Id: { type: 'integer', format: 'int64', nullable: true } } }
  const body = `{"id":${long},"ids":[-${long},null,7],"small":5,"real":1${'0'.repeat(20)},"text":"${long}"}`
  const { data, meta } = await answered(json(schema), 'application/json', body, { components })
  expect(data).toEqual({ id: long, ids: [`-${long}`, null, 7], small: 5, real: 1e20, text: long })
  expect(meta['outputMismatch']).toBeUndefined()
})

test('an integer beyond 2^53 of a schema without a format is text, and no misfit (B20)', async () => {
  const schema = { type: 'object', properties: { id: { type: 'integer' } } }
  const { data, meta } = await answered(json(schema), 'application/json', `{"id":${long}}`)
  expect(data).toEqual({ id: long })
  expect(meta['outputMismatch']).toBeUndefined()
})

test('a 64-bit integer given as text is sent with all its digits, in the body as a number (B20)', async () => {
  await using server = await echoServer()
  const id = { type: 'integer', format: 'int64' }
  const parameters = [
    { name: 'id', in: 'path', required: true, schema: id },
    { name: 'q', in: 'query', schema: id },
  ]
  const schema = {
    type: 'object',
    properties: { id, name: { type: 'string' }, list: { type: 'array', items: id } },
  }
  const requestBody = { content: { 'application/json': { schema } } }
  const given = { operation: { parameters, requestBody }, path: '/things/{id}' }
  const input = { id: long, q: 1e21, body: { id: long, name: '123', list: ['-5', 6] } }
  await callOperationOf(given, server.url, input)
  expect(server.seen[0]?.url).toBe(`/things/${long}?q=1${'0'.repeat(21)}`)
  expect(server.seen[0]?.body.toString()).toBe(`{"id":${long},"name":"123","list":[-5,6]}`)
  await expect(callOperationOf(given, server.url, { id: '1.5' })).rejects.toThrow('/id')
})

test.each([['post'], ['get']])(
  'an answer of %s that does not fit is returned, with what does not fit in meta (K6)',
  async (method) => {
    await using server = await echoServer((_, response) => answerJson(response, { a: 'x' }))
    const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['b'] }
    const given = { operation: json(schema), method }
    const { data, meta } = await callOperationOf(given, server.url)
    expect(data).toEqual({ a: 'x' })
    expect(meta['outputMismatch']).toEqual([
      { path: '/b', message: 'is required' },
      { path: '/a', message: 'must be integer' },
    ])
    for (const checkOutput of ['error', true] as const)
      await expect(callOperationOf(given, server.url, {}, { checkOutput })).rejects.toMatchObject({
        code: 'EXECUTION_ERROR',
      })
    const unchecked = await callOperationOf(given, server.url, {}, { checkOutput: false })
    expect(unchecked.meta['outputMismatch']).toBeUndefined()
  },
)

test.each([
  ['200 without content', { 200: { description: 'ok' } }],
  ['default alone', { default: { description: 'ok' } }],
  ['no success at all', { 404: { description: 'none' } }],
  ['no answer at all', {}],
])('JSON is taken where the document has %s (L5)', async (_, responses) => {
  await using server = await echoServer((__, response) => answerJson(response, { done: true }))
  const config = { checkOutput: 'error' } as const
  const { data, meta } = await callOperationOf({ operation: { responses } }, server.url, {}, config)
  expect([data, meta['outputMismatch']]).toEqual([{ done: true }, undefined])
})

test('items of a stream that do not fit are passed on and reported', async () => {
  await using server = await echoServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end('data: 1\n\ndata: "x"\n\nevent: ping\ndata:\n\n')
  })
  const operation = answers({ 'text/event-stream': { itemSchema: { type: 'integer' } } })
  const registry = new OperationRegistry()
  registry.registerAll(
    FromOpenAPI(documentOf({ operation }), { namespace: 'api', baseUrl: server.url }),
  )
  const items: unknown[] = []
  for await (const { data, meta } of registry.subscribe('api.op', {}))
    items.push([data, meta['event'], meta['outputMismatch'] !== undefined])
  expect(items).toEqual([
    [1, 'message', false],
    ['x', 'message', true],
    ['', 'ping', true],
  ])
})

const deep = `${'['.repeat(600)}${']'.repeat(600)}`
const unreadable: readonly (readonly [string, string, RegExp])[] = [
  ['OK', 'OK', /is not JSON/],
  ['NaN', 'NaN', /is not JSON/],
  ['JSON that is cut off', '{"id": 1', /is not JSON/],
  ['nested 600 levels deep', deep, /deeper than 512 levels/],
]

test.each(unreadable)(
  'an answer of type JSON that is %s is returned as text with the fault in meta: the service has done its work',
  async (_, body, message) => {
    await using server = await echoServer((__, response) => {
      response.writeHead(201, { 'content-type': 'application/json' }).end(body)
    })
    const given = { operation: json({ type: 'object' }) }
    for (const checkOutput of ['warn', false] as const) {
      const { data, meta } = await callOperationOf(given, server.url, {}, { checkOutput })
      expect([data, meta['statusCode']]).toEqual([body, 201])
      const listed = meta['outputMismatch'] as { path: string; message: string }[]
      expect(listed[0]).toEqual({ path: '', message: expect.stringMatching(message) })
      expect(listed).toHaveLength(checkOutput === false ? 1 : 2)
    }
    await expect(
      callOperationOf(given, server.url, {}, { checkOutput: 'error' }),
    ).rejects.toMatchObject({ code: 'EXECUTION_ERROR', details: { status: 201, body } })
  },
)

test('an event of a stream that is nested too deeply is an item of text, and the stream continues', async () => {
  await using server = await echoServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`data: ${deep}\n\ndata: plain\n\ndata: 2\n\n`)
  })
  const operation = answers({ 'text/event-stream': {} })
  const registry = new OperationRegistry()
  registry.registerAll(
    FromOpenAPI(documentOf({ operation }), { namespace: 'api', baseUrl: server.url }),
  )
  const items: unknown[] = []
  for await (const { data, meta } of registry.subscribe('api.op', {}))
    items.push([data, meta['outputMismatch'] !== undefined])
  expect(items).toEqual([
    [deep, true],
    ['plain', false],
    [2, false],
  ])
})

test('the error about an answer with too many bytes has the status that says that the service succeeded', async () => {
  await using server = await echoServer((_, response) => answerJson(response, 'x'.repeat(100)))
  await expect(
    callOperationOf({ operation: json({}) }, server.url, {}, { maxResponseBytes: 50 }),
  ).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE', details: { maxBytes: 50, status: 200 } })
})

const declaration = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?>`
const utf16 = Buffer.from('<?xml version="1.0"?><a>é</a>', 'utf16le')

test.each<[string, string, Buffer]>([
  ['application/xml', 'é', Buffer.from(`${declaration('ISO-8859-1')}<a>é</a>`, 'latin1')],
  ['text/xml', 'é', Buffer.from(`<?xml version='1.0' encoding='windows-1252'?><a>é</a>`, 'latin1')],
  ['application/atom+xml', 'é', Buffer.from(`${declaration('latin1')}<a>é</a>`, 'latin1')],
  ['application/xml; charset=utf-8', 'é', Buffer.from(`${declaration('ISO-8859-1')}<a>é</a>`)],
  ['application/xml', 'é', Buffer.from(`${declaration('utf-16')}<a>é</a>`)],
  ['application/xml', 'é', utf16],
  ['application/xml', 'é', Buffer.from(utf16).swap16()],
  ['application/xml', 'é', Buffer.from('<a>é</a>')],
  ['text/html', 'é', Buffer.from('<html><meta charset=iso-8859-1><p>é', 'latin1')],
  [
    'text/html',
    'é',
    Buffer.from(
      `<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">é`,
      'latin1',
    ),
  ],
  ['text/css', 'é', Buffer.from('@charset "iso-8859-1"; /* é */', 'latin1')],
  ["text/plain; charset='iso-8859-1'", 'é', Buffer.from('é', 'latin1')],
])(
  'text of type %s is decoded by the charset of its header, else by its own declaration',
  async (type, letter, body) => {
    const content = { [type.split(';')[0] ?? '']: { schema: { type: 'string' } } }
    const { data } = await answered(answers(content), type, body)
    expect(data).toContain(letter)
    expect(data).not.toContain('\uFFFD')
  },
)
