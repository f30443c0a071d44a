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
