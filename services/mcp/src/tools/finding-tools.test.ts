import type { Bus, DirectoryEntry, DirectoryFilter, SearchOptions } from '@alkdev/bus'
import { expect, test } from 'vitest'
import { CallHistory } from './call-history.ts'
import { findingTools } from './finding-tools.ts'
import type { ToolCall } from './tool.ts'

const entry = {
  operationId: 'fs.read',
  kind: 'spoke',
  providers: [],
  spec: {
    namespace: 'fs',
    name: 'read',
    version: '1.0.0',
    type: 'query',
    description: 'Reads a file.',
    inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
    outputSchema: { type: 'string' },
    accessControl: { requiredScopes: [] },
  },
} as unknown as DirectoryEntry
const filters: DirectoryFilter[] = []
const bus = {
  directory: {
    get: (operationId: string) => (operationId === 'fs.read' ? entry : undefined),
    list: (_: unknown, filter: DirectoryFilter) => {
      filters.push(filter)
      return { items: [entry] }
    },
    search: () => Promise.resolve([{ entry, score: 0.5 }]),
  },
  instances: () => [],
} as unknown as Bus
const call = { authenticated: { identity: { id: 'ada', scopes: [] } } } as unknown as ToolCall

async function run(name: string, input: object): Promise<Record<string, unknown>> {
  const tool = findingTools(bus).find((one) => one.name === name)
  return (await tool?.run(input, call))?.structuredContent as Record<string, unknown>
}

test('the finding tools are read-only', () => {
  expect(
    findingTools(bus).map(({ name, annotations }) => [name, annotations.readOnlyHint]),
  ).toEqual([
    ['list', true],
    ['search', true],
    ['schema', true],
  ])
})

test('list omits the pinned names of pools unless a namespace is given', async () => {
  expect(await run('list', {})).toMatchObject({ items: [{ operationId: 'fs.read' }] })
  expect(filters.at(-1)).toMatchObject({ withoutTwins: true })
  await run('list', { namespace: 'fs' })
  expect(filters.at(-1)).toMatchObject({ withoutTwins: false, namespace: 'fs' })
})

test('search returns operations with their scores', async () => {
  expect(JSON.stringify(await run('search', { query: 'read' }))).toContain('fs.read')
})

test('search ranks by the calls of the caller, and gives advice when it finds nothing', async () => {
  const history = new CallHistory()
  history.add('ada', 'fs.read')
  const factors: unknown[] = []
  const empty = {
    ...bus,
    directory: {
      ...bus.directory,
      search: (_: unknown, __: string, { factorOf }: SearchOptions) => {
        factors.push(factorOf?.('fs.read'))
        return Promise.resolve([])
      },
    },
  } as Bus
  const tool = findingTools(empty, history).find(({ name }) => name === 'search')
  const result = await tool?.run({ query: 'x' }, call)
  expect(factors).toEqual([1.05])
  expect(result?.structuredContent).toMatchObject({
    items: [],
    advice: expect.stringContaining('list'),
  })
})

test('schema returns the schemas, their hash and the producers of the input', async () => {
  expect(await run('schema', { operationId: 'fs.read' })).toMatchObject({
    inputSchema: entry.spec.inputSchema,
    outputSchema: entry.spec.outputSchema,
    schemaHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    producers: [],
  })
})

test('schema of an unknown operation rejects with OPERATION_NOT_FOUND', async () => {
  await expect(run('schema', { operationId: 'fs.write' })).rejects.toMatchObject({
    code: 'OPERATION_NOT_FOUND',
  })
})

test('list, search and schema show what is invisible in the texts of authors', async () => {
  const { description } = entry.spec
  Object.assign(entry.spec, { description: 'Reads.\u{E0041}' })
  for (const [name, input] of [
    ['list', {}],
    ['search', { query: 'read' }],
    ['schema', { operationId: 'fs.read' }],
  ] as const)
    expect(JSON.stringify(await run(name, input))).toContain('Reads.\\\\ue0041')
  Object.assign(entry.spec, { description })
})
