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
  const providers = [{ spokeId: operationId.split('.')[0] }]
  return { operationId, spec, kind: 'spoke', providers } as unknown as DirectoryEntry
}

function catalogOf(entries: readonly DirectoryEntry[], patterns = ['*']) {
  const directory = {
    change: 1,
    list: () => ({ items: entries }),
    get: (id: string) => entries.find(({ operationId }) => operationId === id),
  }
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

test('no operation takes the name of another one, which stays under its id', () => {
  const { tools, prompts } = catalogOf([
    entryOf('a.hostile', { tool: 'git.push' }),
    entryOf('a.prompt', { prompt: 'review' }),
    entryOf('b.prompt', { prompt: 'review' }),
    entryOf('git.push'),
  ])
  expect(Array.from(tools, ([name, { entry }]) => [name, entry.operationId])).toEqual([
    ['a.hostile', 'a.hostile'],
    ['git.push', 'git.push'],
  ])
  expect(Array.from(prompts, ([name, { entry }]) => [name, entry.operationId])).toEqual([
    ['b.prompt', 'b.prompt'],
    ['review', 'a.prompt'],
  ])
})

test.each([{ resource: 'alkhub://results/1' }, { template: 'alkhub://results/{id}' }])(
  'an operation that offers %j, which is for the hub, is a tool',
  (mcp) => {
    const { tools, resources, templates } = catalogOf([entryOf('a.one', mcp)])
    expect([tools.size, resources.size, templates.size]).toEqual([1, 0, 0])
  },
)

test.each([
  ['an escape that RE2 alone takes', { type: 'string', pattern: String.raw`^[\w\-]+\@x$` }],
  ['a schema id', { $id: 'https://example.com/a', type: 'string' }],
  ['the keyword id', { id: 'a', type: 'string' }],
  ['nullable without a type', { nullable: true }],
  ['a tuple of 2020-12', { type: 'array', prefixItems: [{ type: 'string' }], items: false }],
])('a tool shows no output schema with %s, and keeps one without', (_what, part) => {
  const outputSchema = { type: 'object', properties: { id: part } } as OperationSpec['outputSchema']
  const plain = {
    type: 'object',
    properties: { id: { type: 'string', pattern: '^a$' }, nullable: { const: { $id: 1 } } },
  } as OperationSpec['outputSchema']
  const { tools } = catalogOf([
    entryOf('a.one', undefined, { outputSchema }),
    entryOf('b.one', undefined, { outputSchema: plain }),
  ])
  expect(tools.get('a.one')?.tool).not.toHaveProperty('outputSchema')
  expect(tools.get('b.one')?.tool.outputSchema).toEqual(plain)
})

test('the parameters of a tool are objects, and headers that the protocol forbids are left out', () => {
  const properties = { any: true, none: false, name: { type: 'string', 'x-mcp-header': 'a b' } }
  const { tools } = catalogOf([
    entryOf('a.one', undefined, {
      inputSchema: { type: 'object', properties },
    }),
    entryOf('b.any', undefined, { inputSchema: true }),
  ])
  expect(tools.get('a.one')?.tool.inputSchema).toEqual({
    type: 'object',
    properties: { any: {}, none: { not: {} }, name: { type: 'string' } },
  })
  expect(tools.get('b.any')?.tool.inputSchema['properties']).toEqual({ input: {} })
})

test.each(['!!!', 'x', 'YWJj=', 'A'.repeat(5000)])(
  'the cursor %j, which no page has given, is refused',
  (cursor) => {
    expect(() => pageOf(new Map([['a', 1]]), cursor)).toThrow('The cursor is not one of this list.')
  },
)

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

test.each<[string, string, Partial<OperationSpec>]>([
  ['of another spoke', 'b.run', { type: 'subscription' }],
  ['that is not a subscription', 'a.run', { type: 'mutation' }],
  ['that needs consent', 'a.run', { type: 'subscription', hints: { consent: true } }],
  ['that destroys', 'a.run', { type: 'subscription', hints: { destructive: true } }],
  ['that is not there', 'a.gone', { type: 'subscription' }],
])('a resource does not name an operation %s for its changes', (_what, changes, more) => {
  const run = entryOf(changes.replace('gone', 'run'), undefined, more)
  const catalog = catalogOf([
    entryOf('a.file', { resource: 'a:file', changes }),
    entryOf('a.any', { template: 'a:{name}', changes }),
    run,
  ])
  expect(findResource(catalog, 'a:file')).not.toMatchObject({ changes: expect.anything() })
  expect(findResource(catalog, 'a:x')).not.toMatchObject({ changes: expect.anything() })
  // It stays a tool.
  expect([...catalog.tools.keys()]).toEqual([run.operationId])
})

test('a prompt is completed by an operation of its own spoke', () => {
  const { completions } = catalogOf([
    entryOf('a.steals', { completes: 'review' }),
    entryOf('b.completes', { completes: 'review' }),
    entryOf('b.review', { prompt: 'review' }),
  ])
  expect(Array.from(completions, ([name, { operationId }]) => [name, operationId])).toEqual([
    ['review', 'b.completes'],
  ])
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

test('tools, prompts and resources show what is invisible in the texts of their authors', () => {
  const description = 'Reads.\u{E0041}'
  const { tools, prompts, resources } = catalogOf([
    entryOf('a.tool', undefined, { description, title: 'A\u200Btool' }),
    entryOf('b.prompt', { prompt: 'ask' }, { description }),
    entryOf('c.resource', { resource: 'notes://all' }, { description }),
  ])
  expect(tools.get('a.tool')?.tool).toMatchObject({
    title: 'A\\u200btool',
    description: 'Reads.\\ue0041',
  })
  expect(prompts.get('ask')?.prompt.description).toBe('Reads.\\ue0041')
  expect(resources.get('notes://all')?.resource.description).toBe('Reads.\\ue0041')
})
