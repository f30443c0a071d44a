import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  FromOpenAPI,
  FromOpenAPIFile,
  FromOpenAPIUrl,
  OpenAPIServiceRegistry,
  parseDocument,
} from '../../../from-openapi.ts'
import type { HTTPServiceConfig, OpenAPISpec, SkippedOperation } from '../../../from-openapi.ts'
import { OperationRegistry } from '../../../registry/registry.ts'
import { answerJson, echoServer } from './fixtures/echo-server.ts'

const config: HTTPServiceConfig = { namespace: 'api', baseUrl: 'http://localhost:1' }
const ok = { responses: { 200: { description: '' } } }
const document = (paths: Record<string, unknown>, more: object = {}): OpenAPISpec => ({
  openapi: '3.1.0',
  info: { title: 'T', version: '2.1' },
  paths,
  ...more,
})

test('methods become queries, mutations and subscriptions, with hints', () => {
  const stream = { responses: { 200: { description: '', content: { 'text/event-stream': {} } } } }
  const operations = FromOpenAPI(
    document({
      '/a': { get: ok, head: ok, options: ok, put: ok, post: ok, delete: ok, patch: ok, trace: ok },
      '/b': { get: stream },
    }),
    config,
  )
  expect(
    operations.map(({ name, type, hints }) => [name, type, hints?.idempotent ?? false]),
  ).toEqual([
    ['get_a', 'query', true],
    ['put_a', 'mutation', true],
    ['post_a', 'mutation', false],
    ['delete_a', 'mutation', true],
    ['options_a', 'query', true],
    ['head_a', 'query', true],
    ['patch_a', 'mutation', false],
    ['get_b', 'subscription', true],
  ])
})

test('names come from the operationId or the path, follow the grammar and never overwrite one another (A12)', () => {
  const operations = FromOpenAPI(
    document({
      '/': { get: ok },
      '/pets/{id}/toys': { get: ok },
      '/pets/toys': { get: ok },
      '/x': { get: { operationId: 'repos/list all', ...ok } },
    }),
    config,
  )
  expect(operations.map(({ name }) => name)).toEqual([
    'get_root',
    'get_pets_toys',
    'get_pets_toys_2',
    'repos_list_all',
  ])
  expect(operations[3]?._meta).toMatchObject({
    operationId: 'repos/list all',
    method: 'GET',
    path: '/x',
  })
})

test('description, title, tags and version are taken over; the input refuses what is not a parameter', () => {
  const [operation] = FromOpenAPI(
    document({ '/a': { get: { summary: 'S', description: 'D', tags: ['t', 't'], ...ok } } }),
    config,
  )
  expect(operation).toMatchObject({
    title: 'S',
    description: 'D',
    tags: ['t'],
    version: '2.1',
    inputSchema: { type: 'object', properties: {}, additionalProperties: false },
    accessControl: { requiredScopes: [] },
  })
})

test('references of path items, bodies, answers and parameters are followed', () => {
  const [operation] = FromOpenAPI(
    document(
      { '/a': { $ref: '#/components/pathItems/A' } },
      {
        components: {
          pathItems: {
            A: {
              post: {
                requestBody: { $ref: '#/components/requestBodies/B' },
                responses: { 200: { $ref: '#/components/responses/R' } },
              },
            },
          },
          requestBodies: {
            B: { required: true, content: { 'application/json': { schema: { type: 'integer' } } } },
          },
          responses: {
            R: { description: '', content: { 'application/json': { schema: { type: 'string' } } } },
          },
        },
      },
    ),
    config,
  )
  expect(operation).toMatchObject({
    inputSchema: { properties: { body: { type: 'integer' } }, required: ['body'] },
    outputSchema: { type: 'string' },
  })
})

test('a parameter called body makes room for the body', () => {
  const [operation] = FromOpenAPI(
    document({
      '/a': {
        post: {
          parameters: [{ name: 'body', in: 'query', schema: {} }],
          requestBody: { content: { 'text/plain': {} } },
          ...ok,
        },
      },
    }),
    config,
  )
  expect(operation?._meta?.['parameters']).toEqual({ query_body: { in: 'query', name: 'body' } })
})

test('everything that cannot be used is named at once, or skipped and reported', () => {
  const bad = document({
    '/a': { get: { parameters: [{ $ref: '#/components/parameters/P' }], ...ok }, post: ok },
    '/b~c': { get: { parameters: [{ name: 'x', in: 'body' }], ...ok } },
    '/loop': { $ref: '#/paths/~1loop' },
  })
  const message = (run: () => unknown): unknown => {
    try {
      run()
    } catch (error) {
      return (error as { details: unknown }).details
    }
    return undefined
  }
  expect(message(() => FromOpenAPI(bad, config))).toMatchObject({
    errors: expect.arrayContaining([
      {
        path: '/paths/~1a/get',
        message: expect.stringContaining('"#/components/parameters/P" leads to nothing'),
      },
      {
        path: '/paths/~1b~0c/get',
        message: expect.stringContaining('must be path, query, header or cookie'),
      },
      { path: '/paths/~1loop/get', message: expect.stringContaining('refers back to itself') },
    ]),
  })
  const skipped: SkippedOperation[] = []
  const operations = FromOpenAPI(bad, { ...config, onSkipped: (one) => skipped.push(one) })
  expect(operations.map(({ name }) => name)).toEqual(['post_a'])
  expect(skipped.map(({ method, path }) => `${method} ${path}`).slice(0, 2)).toEqual([
    'GET /a',
    'GET /b~c',
  ])
})

test.each([
  ['swagger: "2.0"\npaths: {}', 'Swagger 2.0 is not taken'],
  ['openapi: 4.0.0', 'must be 3.0, 3.1 or 3.2'],
  ['[1]', 'is not an object'],
  ['a: [', 'is neither JSON nor YAML'],
])('the document %j is refused: %s', (text, message) => {
  expect(() => parseDocument(text)).toThrow(message)
})

test('a few lines of YAML aliases that stand for millions of values are refused', () => {
  const lines = ['openapi: 3.1.0', 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 9; i++)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(',')}]`)
  expect(() => parseDocument(lines.join('\n'))).toThrow('neither JSON nor YAML')
})

test('servers are those of the nearest level, with default variables, unless baseUrl is given', async () => {
  await using server = await echoServer()
  const spec = document(
    {
      '/a': { get: { operationId: 'a', ...ok } },
      '/b': { servers: [{ url: `${server.url}/item/` }], get: { operationId: 'b', ...ok } },
    },
    { servers: [{ url: `${server.url}/{v}`, variables: { v: { default: 'v9' } } }] },
  )
  for (const own of [{}, { baseUrl: `${server.url}/own` }]) {
    const registry = new OperationRegistry()
    registry.registerAll(FromOpenAPI(spec, { namespace: 'api', checkOutput: false, ...own }))
    await registry.execute('api.a', {})
    await registry.execute('api.b', {})
  }
  expect(server.seen.map(({ url }) => url)).toEqual(['/v9/a', '/item/b', '/own/a', '/own/b'])
  expect(() => FromOpenAPI(document({ '/a': { get: ok } }), { namespace: 'api' })).toThrow(
    'give `baseUrl`',
  )
})

test('access control and a filter decide by operation', () => {
  const operations = FromOpenAPI(document({ '/a': { get: ok, post: ok }, '/b': { get: ok } }), {
    ...config,
    filter: (_, method) => method === 'GET',
    accessControl: (_, method, path) => ({
      requiredScopes: [`${path.slice(1)}:${method.toLowerCase()}`],
    }),
  })
  expect(operations.map(({ accessControl }) => accessControl.requiredScopes)).toEqual([
    ['a:get'],
    ['b:get'],
  ])
})

test('files are read as JSON or YAML; a file that is not there is an error without its path', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openapi-'))
  try {
    await writeFile(
      join(folder, 'a b.yaml'),
      'openapi: 3.0.3\npaths:\n  /a:\n    get:\n      responses:\n        200:\n          description: ok\n',
    )
    expect(await FromOpenAPIFile(join(folder, 'a b.yaml'), config)).toHaveLength(1)
    const error = await FromOpenAPIFile(join(folder, 'none.json'), config).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      code: 'EXECUTION_ERROR',
      message: 'The OpenAPI file cannot be read.',
    })
  } finally {
    await rm(folder, { recursive: true })
  }
  const fs = { readFile: async () => JSON.stringify(document({ '/a': { get: ok } })) }
  expect(await FromOpenAPIFile('anything', config, fs)).toHaveLength(1)
})

test('a document from an address gets no credentials, and its relative servers are beside it', async () => {
  await using server = await echoServer(({ url }, response) =>
    answerJson(
      response,
      url === '/docs/openapi.json'
        ? document({ '/a': { get: { operationId: 'a', ...ok } } }, { servers: [{ url: '../v1' }] })
        : null,
    ),
  )
  const operations = await FromOpenAPIUrl(`${server.url}/docs/openapi.json`, {
    namespace: 'api',
    checkOutput: false,
    auth: { type: 'bearer', token: 'secret' },
  })
  const registry = new OperationRegistry()
  registry.registerAll(operations)
  await registry.execute('api.a', {})
  expect(server.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ['/docs/openapi.json', undefined],
    ['/v1/a', 'Bearer secret'],
  ])
  await expect(FromOpenAPIUrl(`${server.url}/none`, config)).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
})

test('removing a service takes its operations out of the registries, too (A12)', () => {
  const services = new OpenAPIServiceRegistry()
  const registry = new OperationRegistry()
  services.add('one', document({ '/a': { get: ok } }), { ...config, namespace: 'one' })
  services.registerAll(registry)
  services.add('two', document({ '/a': { get: ok } }), { ...config, namespace: 'two' })
  services.registerAll(registry)
  expect([
    services.size,
    registry.size,
    services.getAll().length,
    services.get('one')?.length,
  ]).toEqual([2, 2, 2, 1])
  expect(() => services.add('one', document({}), config)).toThrow('already')
  registry.register({ ...registry.getSpec('two.get_a'), handler: () => 1 } as never, {
    replace: true,
  })
  expect([services.remove('one'), services.remove('one'), services.remove('two')]).toEqual([
    true,
    false,
    true,
  ])
  // What another caller has put in place of an operation stays.
  expect(registry.list().map(({ namespace }) => namespace)).toEqual(['two'])
})
