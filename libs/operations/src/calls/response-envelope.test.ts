import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  httpEnvelope,
  isResponseEnvelope,
  localEnvelope,
  mcpEnvelope,
  RESPONSE_SOURCES,
  ResponseEnvelopeSchema,
  sseEnvelope,
  unwrap,
} from './response-envelope.ts'
import { compileSchema } from '../schema/validator.ts'

const each = [
  localEnvelope(1, 'a.b'),
  httpEnvelope('x', {
    statusCode: 200,
    headers: { 'set-cookie': ['a', 'b'] },
    contentType: 'text/plain',
  }),
  mcpEnvelope(null, { isError: false, content: [{ type: 'text', text: 'hi' }] }),
  sseEnvelope({}, { statusCode: 200, headers: {}, event: 'message', lastEventId: '' }),
]

test('each source has a factory whose envelopes are recognised, fit the schema and survive JSON', () => {
  expect(each.map((envelope) => envelope.meta.source)).toEqual([...RESPONSE_SOURCES])
  const schema = compileSchema(ResponseEnvelopeSchema)
  for (const envelope of each) {
    expect(isResponseEnvelope(envelope)).toBe(true)
    expect(schema.errors(envelope)).toEqual([])
    expect(isResponseEnvelope(JSON.parse(JSON.stringify(envelope)))).toBe(true)
  }
})

test('the source of a factory cannot be overridden and unwrap gives the data', () => {
  const given = { statusCode: 1, headers: {}, contentType: '', source: 'local' }
  expect(httpEnvelope(1, given).meta.source).toBe('http')
  expect(unwrap(localEnvelope('data', 'a.b'))).toBe('data')
})

test('an envelope without data is one: void answers lose the member in JSON', () => {
  expect(isResponseEnvelope(JSON.parse(JSON.stringify(localEnvelope(undefined, 'a.b'))))).toBe(true)
})

test('other values are not envelopes', () => {
  const others = [
    undefined,
    null,
    'x',
    {},
    { data: 1 },
    { data: 1, meta: null },
    { data: 1, meta: { source: 'other' } },
    { data: 1, meta: { source: 'local', operationId: 1, timestamp: 1 } },
    { data: 1, meta: { source: 'http', statusCode: 200, contentType: 'x' } },
    { data: 1, meta: { source: 'http', statusCode: 200, headers: [], contentType: 'x' } },
    { data: 1, meta: { source: 'mcp', isError: 'no', content: [] } },
    { data: 1, meta: { source: 'sse', statusCode: 200, headers: {}, event: 'x' } },
  ]
  expect(others.filter((value) => isResponseEnvelope(value))).toEqual([])
})

test('no JSON value that lacks a known source is taken for an envelope', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(isResponseEnvelope(value)).toBe(false)
    }),
  )
})
