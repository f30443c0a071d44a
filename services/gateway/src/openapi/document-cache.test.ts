import { gunzipSync } from 'node:zlib'
import type { Directory, DirectoryEntry } from '@alkdev/bus'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { DocumentCache } from './document-cache.ts'
import type { CachedDocument } from './write-document.ts'

const OBJECT = {
  type: 'object',
  properties: Object.fromEntries('abcdefghij'.split('').map((name) => [name, { type: 'string' }])),
}

function entryOf(name: string, more: Partial<OperationSpec> = {}): DirectoryEntry {
  const spec = {
    namespace: 'demo',
    name,
    version: '1.0.0',
    type: 'query',
    description: `Does ${name}.`,
    inputSchema: { type: 'object' },
    outputSchema: {},
    accessControl: { requiredScopes: ['demo:use'] },
    ...more,
  } as OperationSpec
  return { operationId: `demo.${name}`, spec } as DirectoryEntry
}

const identityOf = (keyId: string): Identity => ({ id: 'a', keyId, scopes: [] })

/** A directory in pages of two, of what a test puts into it. */
function opened(entries: DirectoryEntry[], publicUrl?: string) {
  const state = { entries, revision: 1, lists: 0 }
  const directory: Pick<Directory, 'list' | 'revision'> = {
    get revision() {
      return state.revision
    },
    list(_identity, { cursor } = {}) {
      state.lists += 1
      const from = Number(cursor ?? 0)
      const items = state.entries.slice(from, from + 2)
      return from + 2 < state.entries.length ? { items, nextCursor: String(from + 2) } : { items }
    },
  }
  return { state, cache: new DocumentCache({ directory, publicUrl }) }
}

const textOf = ({ gzip }: CachedDocument): string => gunzipSync(gzip).toString()

test('a document is written once until the registry changes, and again when an operation changed', async () => {
  const { cache, state } = opened(['a', 'b', 'c'].map((name) => entryOf(name)))
  const me = identityOf('key')
  const [first, joined] = await Promise.all([cache.of(me), cache.of(me)])
  expect(joined).toBe(first)
  expect(await cache.of(me)).toBe(first)
  expect(state.lists).toBe(2)
  state.revision += 1
  expect(await cache.of(me)).toBe(first)
  state.entries = [entryOf('a', { description: 'Says it again.' })]
  state.revision += 1
  const changed = await cache.of(me)
  expect(changed.etag).not.toBe(first.etag)
  expect(textOf(changed)).toContain('Says it again.')
  expect(Object.keys(JSON.parse(textOf(first)).paths)).toHaveLength(3)
})

test('two keys that see the same operations share one document', async () => {
  const { cache } = opened([entryOf('echo')], 'https://hub.example.com/')
  expect(await cache.of(identityOf('one'))).toBe(await cache.of(identityOf('two')))
})

test('a key whose rights changed does not get its former document', async () => {
  const { cache, state } = opened([entryOf('echo'), entryOf('other')])
  const before = await cache.of(identityOf('one'))
  state.entries = [entryOf('echo')]
  const after = await cache.of(identityOf('one'))
  expect(textOf(before)).toContain('demo.other')
  expect(textOf(after)).not.toContain('demo.other')
})

test('more than 100 keys that wait for their document are refused with OVERLOADED', async () => {
  const { cache } = opened([entryOf('echo')])
  const all = await Promise.allSettled(
    Array.from({ length: 101 }, (_, at) => cache.of(identityOf(String(at)))),
  )
  expect(all.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1)
  expect(all.at(-1)).toMatchObject({ reason: { code: 'OVERLOADED', retryAfterMs: 2000 } })
  await expect(cache.of(identityOf('later'))).resolves.toBeDefined()
})

test('a schema that several operations have is written once', async () => {
  const same = (name: string): DirectoryEntry =>
    entryOf(name, { inputSchema: structuredClone(OBJECT), outputSchema: structuredClone(OBJECT) })
  const { cache } = opened([same('a'), same('b'), same('c')])
  const text = textOf(await cache.of(identityOf('key')))
  expect(text.split('"properties":{"a":{"type":"string"}').length).toBe(2)
  expect(JSON.parse(text)).toMatchObject({
    paths: {
      '/api/operations/demo.c': {
        post: {
          requestBody: {
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/demo.a.input' } },
            },
          },
        },
      },
    },
    components: { schemas: { 'demo.a.input': OBJECT } },
  })
})

test('without a public URL the server is the one that sent the document', async () => {
  const document = await opened([entryOf('echo')]).cache.of(identityOf('key'))
  expect(JSON.parse(textOf(document))).toMatchObject({ servers: [{ url: '/' }] })
})

test('the document has the members on which clients of the hub rely', async () => {
  const recursive = {
    type: 'object',
    properties: { next: { $ref: '#' } },
  }
  const errorSchemas = [
    { code: 'NOT_THERE', description: 'Nothing there.', httpStatus: 404, schema: {} },
  ]
  const { cache } = opened(
    [entryOf('echo', { inputSchema: recursive, errorSchemas })],
    'https://hub.example.com/',
  )
  expect(JSON.parse(textOf(await cache.of(identityOf('key'))))).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'alkdev hub', version: '1' },
    servers: [{ url: 'https://hub.example.com' }],
    security: [{ bearer: [] }, { apiKey: [] }],
    paths: {
      '/api/operations/demo.echo': {
        post: {
          operationId: 'demo.echo',
          tags: ['demo'],
          parameters: [
            { name: 'x-deadline-ms' },
            { name: 'idempotency-key' },
            { name: 'traceparent' },
          ],
          requestBody: { required: true },
          responses: {
            '200': {
              content: {
                'application/json': {
                  schema: {
                    required: ['data', 'meta'],
                    properties: { meta: { $ref: '#/components/schemas/Meta' } },
                  },
                },
              },
            },
            '404': { description: 'NOT_THERE: Nothing there.' },
            default: {},
          },
          'x-required-scopes': ['demo:use'],
        },
      },
    },
    components: {
      securitySchemes: { bearer: { scheme: 'bearer' }, apiKey: { name: 'x-api-key' } },
      schemas: {
        Problem: { required: ['type', 'title', 'status', 'detail', 'code', 'requestId'] },
        Meta: { required: ['source'] },
        ErrorCode: { enum: expect.arrayContaining(['VALIDATION_ERROR']) },
        'demo.echo.input': {
          properties: { next: { $ref: '#/components/schemas/demo.echo.input' } },
        },
      },
    },
  })
})
