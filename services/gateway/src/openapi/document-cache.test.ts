import type { DirectoryEntry } from '@alkdev/bus'
import type { OperationSpec } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { DocumentCache } from './document-cache.ts'

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

test('a document is built once for the same operations, and again when one of them changes', () => {
  const cache = new DocumentCache(undefined)
  const echo = entryOf('echo')
  const first = cache.of('key', [echo])
  expect(cache.of('key', [{ ...echo }])).toBe(first)
  const changed = cache.of('key', [entryOf('echo', { description: 'Says it again.' })])
  expect(changed.etag).not.toBe(first.etag)
  expect(changed.text).toContain('Says it again.')
})

test('two keys that see the same operations get the same etag', () => {
  const cache = new DocumentCache('https://hub.example.com/')
  const entries = [entryOf('echo')]
  expect(cache.of('one', entries).etag).toBe(cache.of('two', entries).etag)
})

test('the document has the members on which clients of the hub rely', () => {
  const recursive = {
    type: 'object',
    properties: { next: { $ref: '#' } },
  }
  const errorSchemas = [
    { code: 'NOT_THERE', description: 'Nothing there.', httpStatus: 404, schema: {} },
  ]
  const { text } = new DocumentCache('https://hub.example.com/').of('key', [
    entryOf('echo', { inputSchema: recursive, errorSchemas }),
  ])
  expect(JSON.parse(text)).toMatchObject({
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
