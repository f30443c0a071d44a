import { afterAll, expect, test } from 'vitest'
import { checkHello } from '../registration/check-hello.ts'
import { SchemaChecks } from './schema-checks.ts'
import { isExpensive, schemaCost } from '@alkdev/operations'

const checks = new SchemaChecks()
// A busy machine may take long to start a thread.
checks.deadlineMs = 60_000
afterAll(() => checks.close())

const each = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))
const named = (count: number, make: (n: number) => unknown) =>
  Object.fromEntries(each(count, (n) => [`p${n}`, make(n)]))
const nested = (depth: number): object =>
  depth === 0 ? {} : { properties: { a: nested(depth - 1) } }

/** Valid schemas of at most 64 KiB, each of which takes from tens of milliseconds to many seconds to compile. */
const hostile: Readonly<Record<string, object>> = {
  'wide properties': { properties: named(2000, () => ({ type: 'string' })) },
  'wide anyOf': { anyOf: each(1500, (n) => ({ type: 'string', minLength: n })) },
  'wide allOf': { allOf: each(3000, (n) => ({ minimum: n })) },
  'many patterns': { allOf: each(2000, (n) => ({ pattern: `^a${n}(b|c)*$` })) },
  'a repeated pattern': { pattern: '^(a{1,30}){1,30}$' },
  'patterns of properties': {
    patternProperties: Object.fromEntries(each(3000, (n) => [`^x${n}`, {}])),
  },
  'big $defs': { $defs: { a: {} }, allOf: each(2500, () => ({ $ref: '#/$defs/a' })) },
  'many conditions': { allOf: each(900, (n) => ({ if: { const: n }, else: { minimum: 1 } })) },
  'deep nesting, many times': { allOf: each(30, () => nested(50)) },
}

test.each(Object.entries(hostile))('%s is not compiled in the event loop', (_name, schema) => {
  expect(JSON.stringify(schema).length).toBeLessThan(64 * 1024)
  expect(isExpensive(schema)).toBe(true)
})

test.each([
  ['eighty properties', { type: 'object', properties: named(80, () => ({ type: 'string' })) }],
  ['a huge enum', { enum: each(5000, (n) => n) }],
  ['a long description', { type: 'string', description: 'x'.repeat(60_000) }],
  ['deep nesting', nested(50)],
  ['a pattern', { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }],
])('%s is compiled in the event loop', (_name, schema) => {
  expect(isExpensive(schema)).toBe(false)
})

test('counting stops at the limit', () => {
  expect(schemaCost({ properties: named(5000, () => ({})) }, 100)).toBeGreaterThan(100)
})

test('values are checked against expensive schemas in the thread, with the paths that do not fit', async () => {
  const schema = { type: 'object', properties: named(2000, () => ({ type: 'string' })) }
  expect(await checks.value('a', schema, { p1: 'a' })).toEqual([])
  expect(await checks.value('a', schema, { p1: 1 })).toMatchObject([{ path: '/p1' }])
  expect(await checks.schema('a', { ...schema, required: 'p1' })).toMatchObject([
    { path: '/required' },
  ])
})

test('a schema that takes too long is refused, and the next one is still checked', async () => {
  await using impatient = new SchemaChecks()
  impatient.deadlineMs = 1000
  // Each is a pattern of hundreds of states.
  const endless = { allOf: each(1000, (n) => ({ pattern: `^(a{1,30}){1,30}${n}$` })) }
  expect(await impatient.schema('a', endless)).toEqual([
    { path: '', message: 'takes too long to compile' },
  ])
  impatient.deadlineMs = 15_000
  expect(await impatient.schema('a', { allOf: each(150, (n) => ({ minimum: n })) })).toEqual([])
}, 20_000)

test('a schema whose check gets too little processor time is OVERLOADED and not called invalid', async () => {
  await using starved = new SchemaChecks()
  starved.deadlineMs = 600_000
  starved.maxWaitMs = 100
  const answer = starved.schema('a', {
    allOf: each(1000, (n) => ({ pattern: `^(a{1,30}){1,30}${n}$` })),
  })
  await expect(answer).rejects.toMatchObject({ code: 'OVERLOADED', retryAfterMs: 1000 })
  starved.deadlineMs = 15_000
  starved.maxWaitMs = 60_000
  expect(await starved.schema('a', { allOf: each(150, (n) => ({ minimum: n })) })).toEqual([])
}, 20_000)

test('a registration of many operations yields to the event loop', async () => {
  // Each is cheap, and different, so that each is compiled.
  const schemaOf = (n: number): object => ({
    properties: named(60, (at) => ({ type: 'string', minLength: n + at })),
  })
  const operations = each(60, (n) => ({
    namespace: 't',
    name: `op${n}`,
    version: '1.0.0',
    type: 'query',
    description: '',
    inputSchema: schemaOf(n),
    outputSchema: {},
    accessControl: { requiredScopes: [] },
  }))
  let turns = 0
  let done = false
  const count = (): void => {
    turns += 1
    if (!done) setImmediate(count)
  }
  setImmediate(count)
  const hello = { protocol: 1, name: 'many', spokeType: 'client', operations }
  const limits = { maxOperations: 500, maxSchemaBytes: 65_536 }
  const { specs } = await checkHello(hello, limits, (schema) => checks.schema('a', schema))
  done = true
  expect(specs).toHaveLength(60)
  expect(turns).toBeGreaterThan(5)
})

test('slow schemas of one account do not delay those of another (A12)', async () => {
  await using threads = new SchemaChecks()
  const endless = (n: number) => ({
    allOf: each(1000, (at) => ({ pattern: `^(a{1,30}){1,30}${n}${at}$` })),
  })
  const large = { type: 'object', properties: named(250, () => ({ type: 'string' })) }
  let refused = 0
  const hostile = Promise.allSettled(
    each(60, (n) => threads.schema('hostile', endless(n)).finally(() => (refused += 1))),
  )
  expect(await threads.schema('honest', large)).toEqual([])
  expect(await threads.value('honest', large, { p1: 1 })).toMatchObject([{ path: '/p1' }])
  expect(refused).toBeLessThan(2)
  await threads.close()
  await hostile
})

test('one account cannot fill the queue for the others', async () => {
  await using threads = new SchemaChecks()
  const large = { type: 'object', properties: named(250, () => ({ type: 'string' })) }
  const many = each(1100, () => threads.schema('many', large).catch((error: unknown) => error))
  expect(await threads.schema('other', large)).toEqual([])
  expect(await many.at(-1)).toMatchObject({ code: 'OVERLOADED' })
  await threads.close()
  await Promise.all(many)
})
