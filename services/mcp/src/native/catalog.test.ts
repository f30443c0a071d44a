import type { DirectoryEntry } from '@alkdev/bus'
import type { OperationSpec } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { Catalogs } from './catalog.ts'
import { completionOfSchema } from './completions.ts'
import { pageOf } from './page-of.ts'
import { inputOfArguments } from './prompts.ts'
import { findResource } from './resources.ts'

function entryOf(operationId: string, mcp?: unknown, more: Partial<OperationSpec> = {}) {
  const spec = {
    name: operationId.split('.').at(-1),
    description: operationId,
    type: 'query',
    inputSchema: { type: 'object' },
    outputSchema: {},
    _meta: { mcp },
    ...more,
  }
  return { operationId, spec, kind: 'spoke', providers: [] } as unknown as DirectoryEntry
}

function catalogOf(entries: readonly DirectoryEntry[], patterns = ['*']) {
  const directory = { change: 1, list: () => ({ items: entries }) }
  return new Catalogs({ directory } as never, patterns).for({ id: 'ada', scopes: [] })
}

test('only chosen operations are in the catalog, under the names that they declare', () => {
  const { tools, prompts } = catalogOf(
    [entryOf('a.one', { tool: 'one' }), entryOf('a.two'), entryOf('b.one', { prompt: 'ask' })],
    ['a.*'],
  )
  expect([...tools.keys()]).toEqual(['a.two', 'one'])
  expect(prompts.size).toBe(0)
})

test('of two tools with one name, the second has its operation id', () => {
  const { tools } = catalogOf([
    entryOf('a.one', { tool: 'same' }),
    entryOf('b.one', { tool: 'same' }),
  ])
  expect(Array.from(tools, ([name, { entry }]) => [name, entry.operationId])).toEqual([
    ['b.one', 'b.one'],
    ['same', 'a.one'],
  ])
})

test('an operation that may change something is a tool, whatever it declares', () => {
  const { tools, prompts, resources } = catalogOf([
    entryOf('a.write', { prompt: 'ask', resource: 'a:b' }, { type: 'mutation' }),
  ])
  expect([[...tools.keys()], prompts.size, resources.size]).toEqual([['a.write'], 0, 0])
})

test.each([[{ prompt: '' }], [{ resource: 7 }], [{ unknown: 'x' }], ['text']])(
  'an operation that declares %j is a tool',
  (mcp) => {
    expect([...catalogOf([entryOf('a.one', mcp)]).tools.keys()]).toEqual(['a.one'])
  },
)

test('a subscription that reports the changes of a resource is no tool', () => {
  const { tools } = catalogOf([
    entryOf('a.file', { resource: 'a:file', changes: 'a.changes' }),
    entryOf('a.changes', undefined, { type: 'subscription' }),
  ])
  expect([...tools.keys()]).toEqual([])
})

test('a resource is found by its URI before a template that fits', () => {
  const catalog = catalogOf([
    entryOf('a.any', { template: 'a:{id}' }),
    entryOf('a.one', { resource: 'a:1', mimeType: 'text/plain' }),
  ])
  expect(findResource(catalog, 'a:1')).toMatchObject({ operationId: 'a.one', input: {} })
  expect(findResource(catalog, 'a:2')).toMatchObject({ operationId: 'a.any', input: { id: '2' } })
  expect(findResource(catalog, 'b:1')).toBeUndefined()
})

test('arguments of a prompt become numbers and booleans where the schema has them', () => {
  const properties = { n: { type: 'integer' }, b: { type: 'boolean' }, s: { type: 'string' } }
  const { spec } = entryOf('a.one', undefined, { inputSchema: { type: 'object', properties } })
  expect(inputOfArguments(spec, { n: '7', b: 'true', s: '7', x: '1' })).toEqual({
    n: 7,
    b: true,
    s: '7',
    x: '1',
  })
  expect(inputOfArguments(spec, { n: 'seven', b: '1' })).toEqual({ n: 'seven', b: '1' })
})

test('values of an enum complete an argument without an operation for it', () => {
  const properties = { color: { enum: ['red', 'rose', 'blue', 7] } }
  const { spec } = entryOf('a.one', undefined, { inputSchema: { type: 'object', properties } })
  expect(completionOfSchema(spec, { name: 'color', value: 'r' }).completion.values).toEqual([
    'red',
    'rose',
  ])
  expect(completionOfSchema(spec, { name: 'size', value: '' }).completion.values).toEqual([])
})

test('pages continue behind the last name, also when that name has gone', () => {
  const all = new Map(
    Array.from({ length: 450 }, (_, n) => [`n${String(n).padStart(3, '0')}`, n] as const),
  )
  const first = pageOf(all, undefined)
  expect(first.items).toHaveLength(200)
  all.delete('n199')
  const second = pageOf(all, first.nextCursor)
  const third = pageOf(all, second.nextCursor)
  expect([...second.items, ...third.items]).toEqual([...all.values()].slice(199))
  expect(third.nextCursor).toBeUndefined()
})
