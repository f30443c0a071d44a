import { expect, test } from 'vitest'
import { callOperationOf, documentOf } from './fixtures/call-operation.ts'
import { FromOpenAPI } from '../../../from-openapi.ts'
import type { OpenAPIDefinition } from '../../../from-openapi.ts'
import { echoServer } from './fixtures/echo-server.ts'

const patch = { type: 'object', description: 'Patch' }
/** As Kubernetes writes it. */
const kubernetes = {
  requestBody: {
    required: true,
    content: {
      'application/json-patch+json': { schema: patch },
      'application/merge-patch+json': { schema: patch },
      'application/strategic-merge-patch+json': { schema: patch },
      'application/apply-patch+yaml': { schema: patch },
      'application/apply-patch+cbor': { schema: patch },
    },
  },
}

async function sent(operation: object, input: object): Promise<[unknown, string]> {
  await using server = await echoServer()
  await callOperationOf({ operation, method: 'patch' }, server.url, input)
  const [seen] = server.seen
  return [seen?.headers['content-type'], seen?.body.toString() ?? '']
}

test.each([
  [{ body: { a: 1 } }, 'application/merge-patch+json', '{"a":1}'],
  [
    { body: [{ op: 'remove', path: '/a' }] },
    'application/json-patch+json',
    '[{"op":"remove","path":"/a"}]',
  ],
  [
    { body: { a: 1 }, contentType: 'application/strategic-merge-patch+json' },
    'application/strategic-merge-patch+json',
    '{"a":1}',
  ],
  [
    { body: { a: 1 }, contentType: 'application/apply-patch+yaml' },
    'application/apply-patch+yaml',
    '{"a":1}',
  ],
])('the patch %j is sent as %s (B7)', async (input, type, body) => {
  expect(await sent(kubernetes, input)).toEqual([type, body])
})

test('the media types that a caller can choose are in the schema of the input (B7)', () => {
  const [operation] = FromOpenAPI(documentOf({ operation: kubernetes, method: 'patch' }), {
    namespace: 'api',
    baseUrl: 'https://api.example',
  })
  expect(operation?.inputSchema).toMatchObject({
    properties: {
      contentType: {
        enum: [
          'application/merge-patch+json',
          'application/strategic-merge-patch+json',
          'application/json-patch+json',
          'application/apply-patch+yaml',
        ],
      },
    },
  })
  expect(operation?._meta).toMatchObject({
    contentType: 'application/merge-patch+json',
    contentTypeInput: 'contentType',
  })
})

test('without a choice the first media type that can hold the value is sent', async () => {
  const content = {
    'text/plain': {},
    'multipart/form-data': { schema: { type: 'object' } },
    'application/json': { schema: { type: 'object', required: ['a'] } },
  }
  const operation = { requestBody: { content } }
  expect((await sent(operation, { body: { a: 1 } }))[0]).toBe('application/json')
  expect(await sent(operation, { body: 'text' })).toEqual(['text/plain', 'text'])
  expect(
    (await sent(operation, { body: { b: 1 }, contentType: 'multipart/form-data' }))[0],
  ).toMatch(/^multipart\/form-data; boundary=/)
})

test('a parameter called contentType keeps its name', async () => {
  const parameters = [{ name: 'contentType', in: 'query', schema: {} }]
  const content = { 'application/json': {}, 'text/plain': {} }
  await using server = await echoServer()
  await callOperationOf({ operation: { parameters, requestBody: { content } } }, server.url, {
    contentType: 'x',
    bodyContentType: 'text/plain',
    body: 'b',
  })
  expect([server.seen[0]?.url, server.seen[0]?.headers['content-type']]).toEqual([
    '/op?contentType=x',
    'text/plain',
  ])
})

test('other names of JSON and wildcards are not offered beside it', () => {
  const content = { 'application/json': {}, 'text/json': {}, 'application/*+json': {} }
  const [operation] = FromOpenAPI(documentOf({ operation: { requestBody: { content } } }), {
    namespace: 'api',
    baseUrl: 'https://api.example',
  })
  const { properties } = (operation as OpenAPIDefinition).inputSchema as { properties: object }
  expect(Object.keys(properties)).toEqual(['body'])
})
