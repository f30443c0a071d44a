import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Type } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { CallError } from '../../../calls/call-error.ts'
import { FromOpenAPI } from '../../../from-openapi.ts'
import { closeServer } from '../from-openapi/fixtures/echo-server.ts'
import { OperationRegistry } from '../../../registry/registry.ts'
import { toOpenAPI, toOpenAPIText } from '../../../to-openapi.ts'
import type { OpenAPIDocument } from '../../../to-openapi.ts'
import type { IOperationDefinition } from '../../../registry/types.ts'

const Tree = {
  type: 'object',
  required: ['value'],
  properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: '#' } } },
}

function operation(name: string, more: Partial<IOperationDefinition>): IOperationDefinition {
  return {
    namespace: 'demo',
    name,
    version: '1',
    type: 'query',
    description: `Does ${name}.`,
    inputSchema: {},
    outputSchema: {},
    accessControl: { requiredScopes: [] },
    handler: () => null,
    ...more,
  }
}

function demo(): OperationRegistry {
  const registry = new OperationRegistry()
  registry.registerAll([
    operation('add', {
      title: 'Add',
      tags: ['math'],
      inputSchema: Type.Object({ a: Type.Number(), b: Type.Number() }),
      outputSchema: Type.Number(),
      handler: ({ a, b }: { a: number; b: number }) => a + b,
      accessControl: { requiredScopes: ['math:use'] },
    }),
    operation('sum-tree', {
      inputSchema: Tree,
      outputSchema: { $ref: '#/$defs/Total', $defs: { Total: { type: 'integer' } } },
      handler: function sum({
        value,
        children = [],
      }: {
        value: number
        children?: never[]
      }): number {
        return children.reduce((total, child) => total + sum(child), value)
      },
    }),
    operation('pair', {
      inputSchema: Type.Tuple([Type.String(), Type.Integer()]),
      outputSchema: Type.Tuple([Type.Integer(), Type.String()]),
      handler: ([a, b]: [string, number]) => [b, a],
    }),
    operation('fail', {
      type: 'mutation',
      errorSchemas: [
        {
          code: 'TOO_LATE',
          description: 'It is too late.',
          schema: { type: 'object', properties: { by: { type: 'integer' } } },
          httpStatus: 410,
        },
        { code: 'GONE', description: 'It is gone.', schema: {}, httpStatus: 410 },
      ],
      handler: () => {
        throw new CallError('TOO_LATE', 'too late', { by: 3 }, { httpStatus: 410 })
      },
    }),
    operation('count', {
      type: 'subscription',
      inputSchema: Type.Object({ to: Type.Integer() }),
      outputSchema: Type.Integer(),
      handler: async function* ({ to }: { to: number }) {
        for (let n = 1; n <= to; n++) yield n
      },
    }),
  ])
  return registry
}

const identity = { id: 'me', scopes: ['math:use'] }

/** Serves the paths of the document as it says. */
async function serve(registry: OperationRegistry, document: OpenAPIDocument) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      void (async () => {
        const path = document.paths[request.url ?? ''] as
          | { post: { operationId: string } }
          | undefined
        const id = path?.post.operationId ?? 'none.none'
        try {
          const input: unknown = JSON.parse(Buffer.concat(chunks).toString())
          if (registry.getSpec(id)?.type === 'subscription') {
            response.setHeader('content-type', 'text/event-stream')
            for await (const item of registry.subscribe(id, input, { identity }))
              response.write(`data: ${JSON.stringify(item)}\n\n`)
            response.end()
          } else {
            const envelope = await registry.execute(id, input, { identity })
            response.setHeader('content-type', 'application/json').end(JSON.stringify(envelope))
          }
        } catch (error) {
          const coded = CallError.from(error)
          response.writeHead(coded.status, { 'content-type': 'application/problem+json' })
          response.end(
            JSON.stringify({ title: coded.code, status: coded.status, ...coded.toWire() }),
          )
        }
      })()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => closeServer(server) }
}

test('what FromOpenAPI makes of the document calls the same operations, recursive and tuple schemas too', async () => {
  const registry = demo()
  const document = toOpenAPI(registry)
  await using server = await serve(registry, document)
  const client = new OperationRegistry()
  const fromText = JSON.parse(JSON.stringify(document)) as typeof document
  client.registerAll(FromOpenAPI(fromText, { namespace: 'remote', baseUrl: server.url }))
  const data = async (name: string, body: unknown): Promise<unknown> => {
    const envelope = await client.execute<unknown, { data: unknown }>(`remote.demo_${name}`, {
      body,
    })
    return envelope.data.data
  }
  expect(await data('add', { a: 1, b: 2 })).toBe(3)
  expect(
    await data('sum-tree', { value: 1, children: [{ value: 2, children: [{ value: 3 }] }] }),
  ).toBe(6)
  expect(await data('pair', ['x', 1])).toEqual([1, 'x'])
  await expect(data('sum-tree', { value: 1, children: [{ value: 'x' }] })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
    details: {
      errors: expect.arrayContaining([expect.objectContaining({ path: '/body/children/0/value' })]),
    },
  })
  await expect(data('pair', ['x', 1, 2])).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  await expect(data('fail', {})).rejects.toMatchObject({
    details: { status: 410, body: { code: 'TOO_LATE', details: { by: 3 } } },
  })
  const items = await Array.fromAsync(
    client.subscribe<unknown, { data: number }>('remote.demo_count', { body: { to: 3 } }),
  )
  expect(items.map((item) => item.data.data)).toEqual([1, 2, 3])
})

test('an operation is one path with body, answer, errors by status, tags and scopes', () => {
  const { paths } = toOpenAPI(demo())
  expect(paths['/api/operations/demo.add']).toEqual({
    post: {
      operationId: 'demo.add',
      summary: 'Add',
      description: 'Does add.',
      tags: ['math'],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['a', 'b'],
              properties: { a: { type: 'number' }, b: { type: 'number' } },
            },
          },
        },
      },
      responses: {
        200: {
          description: 'The result.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['meta'],
                properties: {
                  data: { type: 'number' },
                  meta: { $ref: '#/components/schemas/Meta' },
                },
              },
            },
          },
        },
        default: expect.objectContaining({ description: 'Any other error; `code` says which.' }),
      },
      'x-operation-type': 'query',
      'x-required-scopes': ['math:use'],
    },
  })
  expect(paths['/api/operations/demo.fail']).toMatchObject({
    post: { responses: { 410: { description: 'TOO_LATE: It is too late. GONE: It is gone.' } } },
  })
})

test('references of a schema lead to itself inside the document, whatever they pointed at', () => {
  const document = toOpenAPI(demo())
  const text = JSON.stringify(document)
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference)
  expect(references).toContain('#/components/schemas/demo.sum-tree.input')
  expect(references).toContain('#/components/schemas/demo.sum-tree.output/$defs/Total')
  expect(references.filter((reference) => !reference?.startsWith('#/components/schemas/'))).toEqual(
    [],
  )
})

test('public ids, own paths, bare answers, a filter, servers and security are the callers to choose', () => {
  const specs = demo().getAllSpecs()
  const document = toOpenAPI(
    specs.map((spec) => ({ operationId: `dev.box.${spec.namespace}.${spec.name}`, spec })),
    {
      title: 'T',
      version: '9',
      description: 'D',
      servers: [{ url: 'https://example.org' }],
      path: (id) => `/call/${id}`,
      filter: (_, { name }) => name === 'add',
      answers: 'data',
      parameters: [{ name: 'x-deadline-ms', in: 'header', schema: { type: 'integer' } }],
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Extra: { type: 'string' } },
    },
  )
  expect(document).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'T', version: '9', description: 'D' },
    servers: [{ url: 'https://example.org' }],
    security: [{ bearer: [] }],
    components: {
      schemas: { Extra: { type: 'string' } },
      securitySchemes: { bearer: { type: 'http' } },
    },
  })
  expect(Object.keys(document.paths)).toEqual(['/call/dev.box.demo.add'])
  expect(document.paths['/call/dev.box.demo.add']).toMatchObject({
    post: {
      parameters: [{ name: 'x-deadline-ms' }],
      responses: { 200: { content: { 'application/json': { schema: { type: 'number' } } } } },
    },
  })
})

test('a schema that names its parts keeps its own name space', () => {
  const registry = new OperationRegistry()
  registry.register(
    operation('a', {
      inputSchema: { $ref: '#item', $defs: { Item: { $anchor: 'item', type: 'integer' } } },
    }),
  )
  const { components } = toOpenAPI(registry)
  expect(components['schemas']).toMatchObject({
    'demo.a.input': { $id: 'urn:schema:demo.a.input', $ref: '#item' },
  })
})

test('the parts of the text of a document make the same document, also of no operation', () => {
  const entries = demo()
    .getAllSpecs()
    .map((spec) => ({ operationId: `box.${spec.namespace}.${spec.name}`, spec }))
  const options = { title: 'T', securitySchemes: { bearer: { type: 'http' } } }
  for (const some of [entries, []]) {
    const text = [...toOpenAPIText(some, options)].join('')
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(toOpenAPI(some, options))))
  }
})

test('a repeated schema is one component in the text of a document, and clients made of it call as before', () => {
  const recursive = { ...Tree, description: 'x'.repeat(100) }
  const specs = ['a', 'b'].map((name) => operation(name, { inputSchema: { ...recursive } }))
  const entries = specs.map((spec) => ({ operationId: `demo.${spec.name}`, spec }))
  const document = JSON.parse([...toOpenAPIText(entries)].join('')) as OpenAPIDocument
  const ref = '#/components/schemas/demo.a.input'
  expect(document).toMatchObject({
    paths: {
      '/api/operations/demo.b': {
        post: { requestBody: { content: { 'application/json': { schema: { $ref: ref } } } } },
      },
    },
    components: {
      schemas: { 'demo.a.input': { properties: { children: { items: { $ref: ref } } } } },
    },
  })
  expect(JSON.stringify(document).split('x'.repeat(100))).toHaveLength(2)
  const made = FromOpenAPI(document, { namespace: 'remote', baseUrl: 'http://127.0.0.1:1' })
  expect(made.map(({ name }) => name)).toEqual(['demo_a', 'demo_b'])
})
