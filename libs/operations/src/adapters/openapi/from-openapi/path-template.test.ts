import { must } from '@alkdev/std'
import { expect, test } from 'vitest'
import { FromOpenAPI } from '../../../from-openapi.ts'
import { callOperationOf, documentOf } from './fixtures/call-operation.ts'
import { echoServer } from './fixtures/echo-server.ts'

test.each([
  ['/a/{proxy+}', 'proxy', '/a/x/y%3F'],
  ['/a/{+name}', 'name', '/a/x/y%3F'],
  ['/a/{path*}', 'path', '/a/x/y%3F'],
  ['/a/{ id }', 'id', '/a/x%2Fy%3F'],
  ['/a/{ID}', 'id', '/a/x%2Fy%3F'],
  ['/a/{id}', 'id', '/a/x%2Fy%3F'],
])('the path %s means the parameter %s (B21)', async (path, name, url) => {
  await using server = await echoServer()
  const parameters = [{ name, in: 'path', required: true, schema: { type: 'string' } }]
  const given = { operation: { parameters }, path }
  const [operation] = FromOpenAPI(documentOf(given), { namespace: 'api', baseUrl: server.url })
  expect(operation?.inputSchema).toMatchObject({ required: [name] })
  await callOperationOf(given, server.url, { [name]: 'x/y?' })
  expect(server.seen[0]?.url).toBe(url)
})

test('a value with slashes cannot lead out of its part of the path (B21)', async () => {
  await using server = await echoServer()
  const call = callOperationOf({ operation: {}, path: '/a/{proxy+}' }, server.url, {
    proxy: '../b',
  })
  await expect(call).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  expect(server.seen).toEqual([])
})

test('a place of a path that no parameter describes is an input (B21)', () => {
  const given = { operation: {}, path: '/a/{x}/{y+}' }
  const [operation] = FromOpenAPI(documentOf(given), {
    namespace: 'api',
    baseUrl: 'https://api.example',
  })
  expect(operation?.inputSchema).toMatchObject({ required: ['x', 'y'] })
})

// [path, parameters that it asks for, input, address]
const templates: [string, string[], Record<string, string>, string][] = [
  ['/a/{id:[0-9]{3}}', ['id'], { id: '123' }, '/a/123'],
  ['/a/{id:int:min(1)}/b', ['id'], { id: '5' }, '/a/5/b'],
  ['/a/{id?}', ['id'], { id: '5' }, '/a/5'],
  ['/a/{id<\\d+>}', ['id'], { id: '5' }, '/a/5'],
  ['/a/{*rest}', ['rest'], { rest: 'x/y' }, '/a/x/y'],
  ['/a/{**rest}', ['rest'], { rest: 'x/y' }, '/a/x/y'],
  ['/a/{rest:.*}', ['rest'], { rest: 'x/y' }, '/a/x/y'],
  ['/a/{rest:path}', ['rest'], { rest: 'x/y' }, '/a/x/y'],
  ['/v1/{name=projects/*}', ['name'], { name: 'projects/p' }, '/v1/projects/p'],
  ['/v1/{name=projects/*}:undelete', ['name'], { name: 'projects/p' }, '/v1/projects/p:undelete'],
  ['/a{?q,r}', ['q', 'r'], { q: '1', r: '2' }, '/a?q=1&r=2'],
  ['/a{?q*}{&r}', ['q', 'r'], { r: '2' }, '/a?r=2'],
  ['/a{/seg}', ['seg'], { seg: 'x' }, '/a/x'],
  ['/a{.ext}', ['ext'], { ext: 'json' }, '/a.json'],
  ['/a{;m}', ['m'], { m: '1' }, '/a;m=1'],
  ['/a/{lat,lng}', ['lat', 'lng'], { lat: '1', lng: '2' }, '/a/1,2'],
  ['/a{#part}', [], {}, '/a'],
]

test.each(templates)(
  'the path %s asks for the parameters %j only',
  async (path, names, input, url) => {
    await using server = await echoServer()
    const undeclared = { operation: {}, path }
    const place = /\{[?&]/.test(path) ? 'query' : 'path'
    const parameters = names.map((name) => ({
      name,
      in: place,
      required: place === 'path',
      schema: { type: 'string' },
    }))
    for (const given of [undeclared, { operation: { parameters }, path }]) {
      const [operation] = FromOpenAPI(documentOf(given), { namespace: 'api', baseUrl: server.url })
      const { properties = {} } = must(operation, 'an operation').inputSchema as {
        properties?: object
      }
      expect(Object.keys(properties)).toEqual(names)
      await callOperationOf(given, server.url, input)
      expect(server.seen.at(-1)?.url).toBe(url)
    }
  },
)

test('a name with a comma that is declared as one parameter is one', async () => {
  await using server = await echoServer()
  const parameters = [{ name: 'lat,lng', in: 'path', required: true, schema: { type: 'string' } }]
  const given = { operation: { parameters }, path: '/a/{lat,lng}' }
  await callOperationOf(given, server.url, { 'lat,lng': '1' })
  expect(server.seen[0]?.url).toBe('/a/1')
})
