import { must } from '@alkdev/std'
import { expect, test } from 'vitest'
import { FromOpenAPI } from '../../../from-openapi.ts'
import { OperationRegistry } from '../../../registry/registry.ts'
import { echoServer } from './fixtures/echo-server.ts'
import { call, document, failed, json, OK } from './fixtures/registered-call.ts'

test('header and cookie parameters go to header and cookie, not to the query (A12)', async () => {
  await using server = await echoServer()
  const parameters = [
    { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    { name: 'page', in: 'query', schema: { type: 'integer' } },
    { name: 'X-Trace', in: 'header', schema: { type: 'string' } },
    { name: 'session', in: 'cookie', schema: { type: 'string' } },
    {
      name: 'filter',
      in: 'query',
      content: { 'application/json': { schema: { type: 'object' } } },
    },
  ]
  const input = { id: 'a/b', page: 2, 'X-Trace': 't', session: 's 1', filter: { a: [1] } }
  await call(server, { parameters }, input, {}, {}, { path: '/things/{id}', method: 'get' })
  const [seen] = server.seen
  expect(seen?.url).toBe('/things/a%2Fb?page=2&filter=%7B%22a%22%3A%5B1%5D%7D')
  expect(seen?.headers).toMatchObject({ 'x-trace': 't', cookie: 'session=s%201' })
})

test('parameters of the path item, by reference and in both places at once are taken (A12)', async () => {
  await using server = await echoServer()
  const spec = document(
    {
      '/things/{id}': {
        parameters: [
          { $ref: '#/components/parameters/Id' },
          { name: 'q', in: 'query', schema: { type: 'integer' } },
        ],
        get: {
          operationId: 'op',
          parameters: [
            { name: 'q', in: 'query', schema: { type: 'string' } },
            { name: 'id', in: 'query', schema: {} },
          ],
          ...OK,
        },
      },
    },
    {
      components: {
        parameters: { Id: { name: 'id', in: 'path', required: true, schema: { type: 'integer' } } },
      },
    },
  )
  const registry = new OperationRegistry()
  registry.registerAll(FromOpenAPI(spec, { namespace: 'api', baseUrl: server.url }))
  expect(registry.getSpec('api.op')?._meta?.['parameters']).toEqual({
    id: { in: 'path', name: 'id' },
    q: { in: 'query', name: 'q' },
    query_id: { in: 'query', name: 'id' },
  })
  await registry.execute('api.op', { id: 7, q: 'x', query_id: 'y' })
  expect(server.seen[0]?.url).toBe('/things/7?q=x&id=y')
})

test('a path value can neither be empty nor lead to another path', async () => {
  await using server = await echoServer()
  const at = { path: '/things/{id}', method: 'delete' }
  for (const id of ['', '..', '.'])
    expect((await failed(call(server, {}, { id }, {}, {}, at))).code).toBe('VALIDATION_ERROR')
  await call(server, {}, { id: '%2e%2e' }, {}, {}, at)
  await call(server, {}, { id: '../..' }, {}, {}, at)
  expect(server.seen.map(({ url }) => url)).toEqual(['/things/%252e%252e', '/things/..%2F..'])
})

test('a header value with a line break is refused, and nothing is sent', async () => {
  await using server = await echoServer()
  const parameters = [{ name: 'X-A', in: 'header', schema: { type: 'string' } }]
  const error = await failed(call(server, { parameters }, { 'X-A': 'a\r\nX-B: b' }))
  expect(error.code).toBe('VALIDATION_ERROR')
  expect(server.seen).toEqual([])
})

test.each([[0], [false], [''], [null]])('the falsy body %j is sent (A12)', async (body) => {
  await using server = await echoServer()
  await call(server, json({}), { body })
  expect(server.seen[0]?.body.toString()).toBe(JSON.stringify(body))
  expect(server.seen[0]?.headers['content-type']).toBe('application/json')
})

test('a body that is not required may be left out', async () => {
  await using server = await echoServer()
  await call(server, { requestBody: { content: { 'application/json': { schema: {} } } } }, {})
  expect(server.seen[0]?.body.length).toBe(0)
  expect(server.seen[0]?.headers['content-type']).toBeUndefined()
})

test('forms are written as forms: repeated fields, JSON for objects, styles where the document says so (A12)', async () => {
  await using server = await echoServer()
  const content = {
    'application/x-www-form-urlencoded': {
      schema: { type: 'object' },
      encoding: {
        deep: { style: 'deepObject', explode: true },
        flat: { style: 'form', explode: false },
      },
    },
  }
  const body = {
    a: 'x y',
    list: [1, 2],
    object: { b: 1 },
    deep: { c: { d: 1 } },
    flat: [1, 2],
    none: null,
  }
  await call(server, { requestBody: { content } }, { body })
  expect(server.seen[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  expect(decodeURIComponent(server.seen[0]?.body.toString() ?? '')).toBe(
    'a=x y&list=1&list=2&object={"b":1}&deep[c][d]=1&flat=1,2',
  )
})

test('multipart parts are files, JSON or text, with their types and names (A12)', async () => {
  await using server = await echoServer()
  const schema = {
    type: 'object',
    required: ['photo'],
    properties: {
      photo: { type: 'string', format: 'binary' },
      more: { type: 'array', items: { type: 'string', contentMediaType: 'image/png' } },
      about: { type: 'object' },
      note: { type: 'string' },
    },
  }
  const body = {
    photo: {
      data: Buffer.from([0, 255]).toString('base64'),
      filename: 'p.png',
      contentType: 'image/png',
    },
    more: ['AAEC'],
    about: { a: 1 },
    note: 'é',
  }
  await call(server, { requestBody: { content: { 'multipart/form-data': { schema } } } }, { body })
  const { headers, body: sent } = must(server.seen[0], 'a request')
  const form = await new Response(new Uint8Array(sent), {
    headers: { 'content-type': String(headers['content-type']) },
  }).formData()
  const photo = form.get('photo') as File
  expect([photo.name, photo.type, [...new Uint8Array(await photo.arrayBuffer())]]).toEqual([
    'p.png',
    'image/png',
    [0, 255],
  ])
  expect([...new Uint8Array(await (form.get('more') as File).arrayBuffer())]).toEqual([0, 1, 2])
  expect(await (form.get('about') as File).text()).toBe('{"a":1}')
  expect(form.get('note')).toBe('é')
})

test('bytes and text are sent as they are', async () => {
  await using server = await echoServer()
  await call(server, { requestBody: { content: { 'image/png': {} } } }, { body: 'AAH/' })
  await call(
    server,
    { requestBody: { content: { 'application/xml': { schema: { type: 'object' } } } } },
    { body: '<a/>' },
  )
  expect(
    server.seen.map(({ headers, body }) => [headers['content-type'], body.toString('latin1')]),
  ).toEqual([
    ['image/png', '\x00\x01\xFF'],
    ['application/xml', '<a/>'],
  ])
})
