import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileSchema } from '../../../schema/validator.ts'
import { decimalPattern } from './decimal-range.ts'
import { callOperationOf } from './fixtures/call-operation.ts'
import { answerJson, echoServer } from './fixtures/echo-server.ts'
import { SchemaSource } from './schema-source.ts'

const MAX_INT64 = '9223372036854775807'
const MAX_UINT64 = '18446744073709551615'

function takesOf(schema: object, openapi = '3.1.0'): (value: unknown) => boolean {
  const components = {
    schemas: { Id: { type: 'integer', format: 'int64' }, Name: { type: 'string' } },
  }
  const source = new SchemaSource({ openapi, components })
  return compileSchema(source.take(schema, 'request', '/x') as never).check
}

const int64 = { type: 'integer', format: 'int64' }
const id = { $ref: '#/components/schemas/Id' }

test.each<[string, object, unknown[], unknown[]]>([
  [
    'int64',
    int64,
    ['0', '-7', MAX_INT64, `-${MAX_INT64.slice(0, -1)}8`, 5],
    [
      '9223372036854775808',
      '-9223372036854775809',
      '99999999999999999999',
      '007',
      '+5',
      '-0',
      '',
      '1.0',
      '1e3',
      ' 1',
      true,
    ],
  ],
  ['long', { type: 'integer', format: 'long' }, [MAX_INT64], [MAX_UINT64]],
  [
    'uint64',
    { type: 'integer', format: 'uint64' },
    ['0', MAX_UINT64],
    ['-1', '18446744073709551616'],
  ],
  ['a minimum', { ...int64, minimum: 1 }, ['1', MAX_INT64, 1], ['0', '-5', 0]],
  [
    'a maximum',
    { ...int64, maximum: 100 },
    ['100', '-9223372036854775808'],
    ['101', MAX_INT64, 101],
  ],
  [
    'exclusive bounds',
    { ...int64, exclusiveMinimum: 0, exclusiveMaximum: 10 },
    ['1', '9'],
    ['0', '10'],
  ],
  ['bounds that are not whole', { ...int64, minimum: 0.5, maximum: 9.5 }, ['1', '9'], ['0', '10']],
  [
    'bounds without an integer between them',
    { ...int64, minimum: 5, maximum: 4 },
    [],
    ['4', '5', 5],
  ],
  [
    'an enum',
    { ...int64, enum: [1, 20, null], nullable: true },
    ['1', '20', 1, null],
    ['2', 2, 'null'],
  ],
  ['a const', { ...int64, const: 5 }, ['5', 5], ['6', 6]],
  ['a minimum beside a reference', { ...id, minimum: 10 }, ['10', 10], ['9', 9]],
  ['a minimum in allOf', { allOf: [id, { minimum: 10 }] }, ['10', 10], ['9', 9]],
  ['a minimum beside allOf', { allOf: [id], minimum: 10 }, ['10', 10], ['9', 9]],
  [
    'a minimum in one option',
    { ...int64, anyOf: [{ minimum: 10 }, { maximum: -10 }] },
    ['10', '-10'],
    ['9'],
  ],
  ['an enum in allOf', { allOf: [id, { enum: [1, 2] }] }, ['2', 2], ['3', 3]],
  [
    'an enum beside a nullable reference',
    { anyOf: [id, { type: 'null' }], enum: [1, null] },
    ['1', null],
    ['2'],
  ],
  [
    'any text beside it',
    { anyOf: [id, { $ref: '#/components/schemas/Name' }], minimum: 10 },
    ['x', '9', 10],
    [9],
  ],
  ['int32', { type: 'integer', format: 'int32' }, [1], ['1']],
])('64-bit integers given as text keep to %s', (_, schema, good, bad) => {
  const takes = takesOf(schema)
  expect(good.filter((value) => !takes(value))).toEqual([])
  expect(bad.filter((value) => takes(value))).toEqual([])
})

test('a pattern for integers takes exactly those between its bounds', () => {
  const bound = fc.oneof(
    fc.bigInt({ min: -2000n, max: 2000n }),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  )
  const property = fc.property(bound, bound, fc.array(bound), (a, b, others) => {
    const [low, high] = a < b ? [a, b] : [b, a]
    const pattern = new RegExp(decimalPattern(low, high) ?? '', 'u')
    for (const value of [low - 1n, low, low + 1n, high - 1n, high, high + 1n, 0n, ...others])
      expect([value, pattern.test(`${value}`)]).toEqual([value, value >= low && value <= high])
  })
  fc.assert(property, { numRuns: 300 })
})

test('what a text for an integer has to be is said in words', async () => {
  await using server = await echoServer()
  const parameters = [{ name: 'id', in: 'query', schema: { ...int64, minimum: 1 } }]
  const call = callOperationOf({ operation: { parameters } }, server.url, { id: '0' })
  await expect(call).rejects.toThrow(`/id must be an integer from 1 to ${MAX_INT64}`)
})

const long = '9007199254740993'

test.each<[string, object, string, unknown]>([
  ['with a fraction of zeros', { type: 'integer' }, `${long}.000`, long],
  ['with a fraction of zeros in int64', int64, `-${long}.0`, `-${long}`],
  ['with an exponent', { type: 'integer' }, '9.007199254740993e15', long],
  ['of a nullable schema', { type: ['integer', 'null'] }, long, long],
  ['with a minimum', { type: 'integer', minimum: 0 }, long, long],
  ['that is a number', { type: 'number' }, `${long}.0`, Number(long)],
  ['that is small', { type: 'integer' }, '5.0', 5],
])(
  'an answer that is an integer %s keeps its digits and is no misfit',
  async (_, schema, json, value) => {
    await using server = await echoServer((__, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(`{"v":${json}}`)
    })
    const content = {
      'application/json': { schema: { type: 'object', properties: { v: schema } } },
    }
    const operation = { responses: { 200: { description: '', content } } }
    const { data, meta } = await callOperationOf(
      { operation },
      server.url,
      {},
      { checkOutput: 'error' },
    )
    expect([data, meta['outputMismatch']]).toEqual([{ v: value }, undefined])
  },
)

test('a text for an integer without a format is a misfit unless a number would round it', async () => {
  await using server = await echoServer((_, response) => answerJson(response, { v: '5' }))
  const schema = { type: 'object', properties: { v: { type: 'integer' } } }
  const operation = {
    responses: { 200: { description: '', content: { 'application/json': { schema } } } },
  }
  const { meta } = await callOperationOf({ operation }, server.url)
  expect(meta['outputMismatch']).toEqual([{ path: '/v', message: 'must be integer' }])
})

test('a schema of hundreds of 64-bit integers does not become too large, and says what was loosened', () => {
  const properties = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`p${at}`, int64]))
  const takes = takesOf({ type: 'object', properties })
  expect([
    takes({ p299: MAX_INT64 }),
    takes({ p299: '1e3' }),
    takes({ p0: '9999999999999999999' }),
  ]).toEqual([true, false, false])
})
