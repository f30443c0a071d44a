import { Type } from '@alkdev/typebox'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { z } from 'zod'
import {
  defaultAdapter,
  standardSchemaAdapter,
  valibotAdapter,
  zodAdapter,
} from '../../from-typemap.ts'
import type { SchemaAdapter } from '../../from-typemap.ts'
import { OperationRegistry } from '../../registry/registry.ts'
import { collectErrors } from '../../schema/validation.ts'

async function ready<Adapter extends SchemaAdapter>(adapter: Adapter): Promise<Adapter> {
  await adapter.init?.()
  return adapter
}
const fits = (adapter: SchemaAdapter, schema: unknown, value: unknown): boolean =>
  collectErrors(adapter.toTypeBox(schema), value).length === 0

const zodPerson = z.object({
  name: z.string().min(1),
  age: z.int().optional(),
  tags: z.array(z.string()).max(2),
})
const valibotPerson = v.object({
  name: v.pipe(v.string(), v.minLength(1)),
  age: v.optional(v.pipe(v.number(), v.integer())),
  tags: v.pipe(v.array(v.string()), v.maxLength(2)),
})

test.each([
  ['Zod', () => zodAdapter(), zodPerson],
  ['Valibot', () => valibotAdapter(), valibotPerson],
  ['any Standard JSON Schema', () => standardSchemaAdapter, zodPerson],
])(
  '%s: what the library accepts is accepted, what it refuses is refused',
  async (_, make, schema) => {
    const adapter = await ready(make())
    const good = [
      { name: 'a', tags: [] },
      { name: 'a', age: 3, tags: ['x', 'y'] },
    ]
    const bad = [
      { name: '', tags: [] },
      { name: 'a' },
      { name: 'a', age: 1.5, tags: [] },
      { name: 'a', tags: ['x', 'y', 'z'] },
      [],
    ]
    expect(good.map((value) => fits(adapter, schema, value))).toEqual([true, true])
    expect(bad.map((value) => fits(adapter, schema, value))).toEqual([
      false,
      false,
      false,
      false,
      false,
    ])
  },
)

test('a maximum of a Zod array is a maximum, an int a whole number, and texts to start with are escaped (C3)', async () => {
  const adapter = await ready(zodAdapter())
  expect(adapter.toTypeBox(z.array(z.int()).max(2))).toMatchObject({
    type: 'array',
    maxItems: 2,
    items: { type: 'integer' },
  })
  expect(fits(adapter, z.string().startsWith('a.b'), 'a.bc')).toBe(true)
  expect(fits(adapter, z.string().startsWith('a.b'), 'axbc')).toBe(false)
})

test('a recursive Zod schema is checked at every depth', async () => {
  const Node = z.object({
    value: z.number(),
    get next() {
      return Node.optional()
    },
  })
  const adapter = await ready(zodAdapter())
  expect(fits(adapter, Node, { value: 1, next: { value: 2, next: { value: 3 } } })).toBe(true)
  expect(fits(adapter, Node, { value: 1, next: { value: 2, next: { value: 'x' } } })).toBe(false)
})

test('what JSON Schema cannot say is refused, not silently dropped; refinements may be ignored on request', async () => {
  const zod = await ready(zodAdapter())
  const valibot = await ready(valibotAdapter())
  const even = z.object({ n: z.number().refine((n) => n % 2 === 0) })
  const evenToo = v.object({
    n: v.pipe(
      v.number(),
      v.check((n) => n % 2 === 0),
    ),
  })
  expect(() => zod.toTypeBox(even)).toThrow('refinement at "/properties/n"')
  expect(() => valibot.toTypeBox(evenToo)).toThrow("can't be said in JSON Schema")
  for (const schema of [z.date(), z.bigint(), z.custom()])
    expect(() => zod.toTypeBox(schema)).toThrow(/schema/i)
  expect(() => valibot.toTypeBox(v.date())).toThrow(/schema/i)
  expect(fits(await ready(zodAdapter({ inexpressible: 'ignore' })), even, { n: 1 })).toBe(true)
  expect(fits(await ready(valibotAdapter({ inexpressible: 'ignore' })), evenToo, { n: 1 })).toBe(
    true,
  )
})

test('an adapter that is not ready, another library and an unknown schema give different errors; TypeBox passes before init', () => {
  const adapter = zodAdapter()
  expect(() => adapter.toTypeBox(z.string())).toThrow('await its init() first')
  expect(() => adapter.toTypeBox(v.string())).toThrow(
    'is a schema of valibot, this adapter is for zod',
  )
  expect(() => adapter.toTypeBox('string')).toThrow('neither zod, TypeBox nor JSON Schema')
  expect(() => adapter.toTypeBox(new Date())).toThrow('neither zod, TypeBox nor JSON Schema')
  expect(adapter.toTypeBox(Type.String())).toMatchObject({ type: 'string' })
  expect(() => defaultAdapter.toTypeBox(z.string())).toThrow('The schema')
})

test('a Standard Schema that can only validate is refused with the reason', () => {
  const schema = {
    '~standard': { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) },
  }
  expect(() => standardSchemaAdapter.toTypeBox(schema)).toThrow(
    'of own can validate but not say what it accepts',
  )
})

test('init may be called many times and at once', async () => {
  const adapter = zodAdapter()
  await Promise.all([adapter.init(), adapter.init()])
  await adapter.init()
  expect(adapter.toTypeBox(z.string())).toMatchObject({ type: 'string' })
})

test('a registry with an adapter takes operations whose schemas are of the library', async () => {
  const registry = new OperationRegistry({ schemaAdapter: await ready(zodAdapter()) })
  registry.register({
    namespace: 'people',
    name: 'greet',
    version: '1',
    type: 'query',
    description: '',
    inputSchema: zodPerson as never,
    outputSchema: z.string() as never,
    accessControl: { requiredScopes: [] },
    handler: ({ name }: { name: string }) => `Hello ${name}`,
  })
  expect((await registry.execute('people.greet', { name: 'Ada', tags: [] })).data).toBe('Hello Ada')
  await expect(registry.execute('people.greet', { name: 1 })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
})
