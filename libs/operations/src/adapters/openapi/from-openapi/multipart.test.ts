// oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema
import { must } from '@alkdev/std'
import { expect, test } from 'vitest'
import { callOperationOf } from './fixtures/call-operation.ts'
import { echoServer } from './fixtures/echo-server.ts'

const bytes = Buffer.from([0, 255, 7])
const base64 = bytes.toString('base64')
const binary = { type: 'string', format: 'binary' }
const none = { type: 'null' }
const components = {
  schemas: {
    File: binary,
    Other: { type: 'object', required: ['file'] },
    Form: { type: 'object', properties: { file: { $ref: '#/components/schemas/File' } } },
  },
}
const file = { $ref: '#/components/schemas/File' }
const form = (property: unknown): object => ({ type: 'object', properties: { file: property } })

/** The parts that arrive: those that are files as `name:content type:bytes`, others as text. */
async function sentParts(schema: unknown, body: unknown, openapi = '3.1.0'): Promise<unknown[]> {
  await using server = await echoServer()
  const content = { 'multipart/form-data': { schema } }
  await callOperationOf(
    { operation: { requestBody: { content } }, components, openapi },
    server.url,
    {
      body,
    },
  )
  const { headers, body: sent } = must(server.seen[0], 'a request')
  const parts = await new Response(new Uint8Array(sent), {
    headers: { 'content-type': String(headers['content-type']) },
  }).formData()
  return await Promise.all(
    [...parts.values()].map(async (part) =>
      typeof part === 'string'
        ? part
        : `${part.name}:${Buffer.from(await part.arrayBuffer()).toString('base64')}`,
    ),
  )
}

test.each([
  ['plain', form(binary)],
  ['a reference', form(file)],
  ['a list of types with null', form({ type: ['string', 'null'], format: 'binary' })],
  ['anyOf with null, as FastAPI writes it', form({ anyOf: [binary, none] })],
  ['oneOf with null', form({ oneOf: [none, file] })],
  ['allOf of a reference', form({ allOf: [file] })],
  ['allOf with a description, nullable', form({ allOf: [file], nullable: true, description: 'x' })],
  ['anyOf with another string', form({ anyOf: [binary, { type: 'string' }] })],
  ['a media type and null', form({ type: ['string', 'null'], contentMediaType: 'image/png' })],
  [
    'a media type in anyOf',
    form({ anyOf: [{ type: 'string', contentMediaType: 'image/png' }, none] }),
  ],
  ['the type of Swagger 2', form({ type: 'file' })],
  ['the form is an allOf, as ASP.NET writes it', { allOf: [form(binary), form(true)] }],
  ['the form is a reference to an allOf', { allOf: [{ $ref: '#/components/schemas/Form' }] }],
  ['the form is a oneOf', { oneOf: [{ type: 'object', required: ['x'] }, form(binary)] }],
  ['fields that the document does not name', { type: 'object', additionalProperties: binary }],
])('a file is sent as a file where the document has it as: %s (B4)', async (_, schema) => {
  expect(await sentParts(schema, { file: base64 })).toEqual([`file:${base64}`])
})

test.each([
  ['a list', { type: 'array', items: binary }],
  ['a list of anyOf', { type: 'array', items: { anyOf: [binary, none] } }],
  ['a list or null', { anyOf: [{ type: 'array', items: file }, none] }],
])('several files are sent as files where the document has %s (B4)', async (_, property) => {
  expect(
    await sentParts(form(property), { file: [base64, { data: base64, filename: 'b' }] }),
  ).toEqual([`file:${base64}`, `b:${base64}`])
})

test('a field that may be a file or text is sent as text where the value is not base64', async () => {
  const schema = form({ anyOf: [binary, { type: 'string' }] })
  expect(await sentParts(schema, { file: 'not base64!' })).toEqual(['not base64!'])
})

test('a form that contains itself is taken', async () => {
  const self = {
    type: 'object',
    properties: { file: binary, more: { $ref: '#/components/schemas/File' } },
  }
  expect(await sentParts({ allOf: [self, self] }, { file: base64 })).toEqual([`file:${base64}`])
})

const image = { patternProperties: { '^file': binary }, type: 'object' }

test.each<[string, object]>([
  ['patternProperties', image],
  ['patternProperties in allOf', { allOf: [image] }],
  ['then', { if: { required: ['x'] }, else: form(binary) }],
  ['then of a condition that holds', { if: { type: 'object' }, then: form(file) }],
  ['dependentSchemas', { dependentSchemas: { file: form({ anyOf: [binary, none] }) } }],
  ['unevaluatedProperties', { type: 'object', unevaluatedProperties: binary }],
  ['members beside a reference', { $ref: '#/components/schemas/Other', ...form(binary) }],
  ['a reference with members beside it', { $ref: '#/components/schemas/Form', required: ['file'] }],
])('a file is sent as a file where the document has it under %s (B4)', async (_, schema) => {
  expect(await sentParts(schema, { file: base64 })).toEqual([`file:${base64}`])
})

test('items of a tuple are files or text by their place (B4)', async () => {
  const tuple = { type: 'array', prefixItems: [binary, { type: 'string' }], items: file }
  expect(await sentParts(form(tuple), { file: [base64, 'abcd', base64] })).toEqual([
    `file:${base64}`,
    'abcd',
    `file:${base64}`,
  ])
})

test('a field whose pattern is text stays text beside fields that are files (B4)', async () => {
  const schema = { patternProperties: { '^t': { type: 'string' } }, additionalProperties: binary }
  expect(await sentParts(schema, { text: 'abcd', file: base64 })).toEqual([
    'abcd',
    `file:${base64}`,
  ])
})
