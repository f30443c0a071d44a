import { must } from '@alkdev/std'
import { expect, test } from 'vitest'
import { callOperationOf } from './fixtures/call-operation.ts'
import { echoServer } from './fixtures/echo-server.ts'

const png = Buffer.from('89504e470d0a1a0a00', 'hex').toString('base64')
const jpeg = Buffer.from('ffd8ffe000', 'hex').toString('base64')
const unknown = Buffer.from([0, 1, 2]).toString('base64')

async function sentType(types: string[], input: object, config: object = {}): Promise<unknown> {
  await using server = await echoServer()
  const schema = { type: 'string', format: 'binary' }
  const content = Object.fromEntries(types.map((type) => [type, { schema }]))
  await callOperationOf({ operation: { requestBody: { content } } }, server.url, input, config)
  return must(server.seen[0], 'a request').headers['content-type']
}

test.each<[string[], object, string]>([
  [['image/*'], { body: png }, 'image/png'],
  [['image/*'], { body: jpeg }, 'image/jpeg'],
  [['image/*'], { body: unknown, contentType: 'image/x-icon' }, 'image/x-icon'],
  [['application/*'], { body: unknown }, 'application/octet-stream'],
  [['text/*'], { body: 'abc' }, 'text/plain'],
  [['text/*'], { body: 'abc', contentType: 'text/csv' }, 'text/csv'],
  [['image/*', 'application/pdf'], { body: png, contentType: 'image/png' }, 'image/png'],
  [['image/png'], { body: jpeg }, 'image/png'],
])('a body of %j with %j is sent as %s', async (types, input, expected) => {
  expect(await sentType(types, input)).toBe(expected)
})

test('bytes that do not show their type are not sent under a range of types without a choice', async () => {
  await expect(sentType(['image/*'], { body: unknown })).rejects.toThrow(
    '/contentType must name the type of the body, one of image/*',
  )
  await expect(sentType(['image/*'], { body: png, contentType: 'text/plain' })).rejects.toThrow(
    '/contentType must match pattern',
  )
  const config = { headers: { 'content-type': 'image/x-own' } }
  expect(await sentType(['image/*'], { body: unknown }, config)).toBe('image/x-own')
})

test.each([
  ['image/*', 'image/jpeg'],
  ['image/png, image/jpeg', 'image/jpeg'],
  ['image/png', 'image/png'],
  ['text/*', 'application/octet-stream'],
])('a part of a form that may be %s is sent as %s', async (contentType, expected) => {
  await using server = await echoServer()
  const schema = { type: 'object', properties: { file: { type: 'string', format: 'binary' } } }
  const content = { 'multipart/form-data': { schema, encoding: { file: { contentType } } } }
  await callOperationOf({ operation: { requestBody: { content } } }, server.url, {
    body: { file: jpeg },
  })
  const { headers, body } = must(server.seen[0], 'a request')
  const type = String(headers['content-type'])
  const parts = await new Response(new Uint8Array(body), {
    headers: { 'content-type': type },
  }).formData()
  expect((parts.get('file') as File).type).toBe(expected)
})
