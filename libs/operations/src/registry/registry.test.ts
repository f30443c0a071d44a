import { Type } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { CallError } from '../calls/call-error.ts'
import { OperationRegistry } from './registry.ts'
import { httpEnvelope, localEnvelope } from '../calls/response-envelope.ts'
import { failureOf, openSpec } from '../fixtures/operations.ts'
import type { Identity, OperationContext } from './types.ts'

const add = openSpec('math.add', {
  description: 'Adds two numbers.',
  tags: ['arithmetic'],
  inputSchema: Type.Object({ a: Type.Number(), b: Type.Number() }),
  outputSchema: Type.Object({ sum: Type.Number() }),
  handler: ({ a, b }: { a: number; b: number }) => ({ sum: a + b }),
})

const registryOf = (...operations: ReturnType<typeof openSpec>[]): OperationRegistry => {
  const registry = new OperationRegistry()
  registry.registerAll(operations)
  return registry
}

test('a registered operation is found by id and by name, listed, and executed into an envelope', async () => {
  const registry = registryOf(add)
  expect(registry.size).toBe(1)
  expect(registry.get('math.add')).toEqual(add)
  expect(registry.getByName('math', 'add')).toEqual(add)
  expect(registry.getSpec('math.add')).not.toHaveProperty('handler')
  expect(registry.getHandler('math.add')).toBe(add.handler)
  expect(registry.get('math.sub')).toBeUndefined()
  const before = Date.now()
  const envelope = await registry.execute('math.add', { a: 1, b: 2 })
  expect(envelope.data).toEqual({ sum: 3 })
  expect(envelope.meta).toMatchObject({ source: 'local', operationId: 'math.add' })
  expect((envelope.meta as { timestamp: number }).timestamp).toBeGreaterThanOrEqual(before)
})

test('with compileLater a schema is compiled at its first use: until then a wrong one is not noticed', async () => {
  const wrong = (): ReturnType<typeof openSpec> =>
    openSpec('math.wrong', { inputSchema: { type: 'nothing' }, handler: () => ({}) })
  const later = new OperationRegistry({ compileLater: true })
  later.registerAll([add, wrong()])
  expect((await later.execute('math.add', { a: 1, b: 2 })).data).toEqual({ sum: 3 })
  const refused = await failureOf(() => later.execute('math.add', { a: 'one', b: 2 }))
  expect(refused).toMatchObject({ code: 'VALIDATION_ERROR', details: { errors: [{ path: '/a' }] } })
  await expect(later.execute('math.wrong', {})).rejects.toThrow(/not valid JSON Schema/)
  expect(() => new OperationRegistry().register(wrong())).toThrow(/spec of math.wrong/)
})

test('list filters by namespace, type and tag', () => {
  const registry = registryOf(
    add,
    openSpec('math.watch', { type: 'subscription' }),
    openSpec('fs.read'),
  )
  const ids = (filter?: Parameters<typeof registry.list>[0]): string[] =>
    registry.list(filter).map((spec) => `${spec.namespace}.${spec.name}`)
  expect(ids()).toEqual(['math.add', 'math.watch', 'fs.read'])
  expect(ids({ namespace: 'math' })).toEqual(['math.add', 'math.watch'])
  expect(ids({ type: 'subscription' })).toEqual(['math.watch'])
  expect(ids({ tag: 'arithmetic' })).toEqual(['math.add'])
  expect(registry.getAllSpecs()).toHaveLength(3)
  expect([registry.hasNamespace('fs'), registry.hasNamespace('net')]).toEqual([true, false])
})

test('search ranks by words, and finds what is registered after the first search but not what was unregistered', () => {
  const registry = registryOf(add, openSpec('fs.readFile', { description: 'Reads a file.' }))
  expect(registry.search('adding numbers')[0]?.operation.name).toBe('add')
  expect(registry.search('read files')[0]?.operation.name).toBe('readFile')
  expect(registry.unregister('fs.readFile')).toBe(true)
  expect(registry.unregister('fs.readFile')).toBe(false)
  expect(registry.search('read files')).toEqual([])
  registry.register(openSpec('fs.listFolder', { description: 'Names in a folder.' }))
  expect(registry.search('folders')[0]?.operation.name).toBe('listFolder')
})

test('a second operation with the same id is a conflict unless it replaces the first explicitly', async () => {
  const registry = registryOf(add)
  const error = await failureOf(() => registry.register(add))
  expect([error.code, error.message]).toEqual(['CONFLICT', 'math.add is registered already.'])
  registry.register({ ...add, handler: () => ({ sum: 0 }) }, { replace: true })
  expect((await registry.execute('math.add', { a: 1, b: 1 })).data).toEqual({ sum: 0 })
  expect(
    (await failureOf(() => registry.registerAll([openSpec('a.b'), openSpec('a.b')]))).code,
  ).toBe('CONFLICT')
})

test('a refused registration changes nothing', async () => {
  const registry = new OperationRegistry()
  const wrong = openSpec('math.watch', { type: 'subscription', handler: async () => 1 })
  expect((await failureOf(() => registry.register(wrong))).code).toBe('VALIDATION_ERROR')
  expect(registry.getSpec('math.watch')).toBeUndefined()
  expect((await failureOf(() => registry.registerAll([add, wrong]))).code).toBe('VALIDATION_ERROR')
  expect(registry.size).toBe(0)
})

test('a handler of the wrong kind is refused with the reason', async () => {
  const registry = new OperationRegistry()
  const kinds: [string, unknown, string][] = [
    ['subscription', async () => 1, 'async function*'],
    ['subscription', function* plain() {}, 'not a plain one'],
    ['subscription', 'x', 'must be a function'],
    ['query', async function* items() {}, 'only a subscription'],
    ['mutation', function* plain() {}, 'only a subscription'],
    ['query', null, 'must be a function'],
  ]
  for (const [type, handler, reason] of kinds) {
    const error = await failureOf(() =>
      registry.register(openSpec('a.b', { type, handler } as never)),
    )
    expect([error.code, error.details]).toMatchObject([
      'VALIDATION_ERROR',
      { errors: [{ path: '/handler' }] },
    ])
    expect(error.message).toContain(reason)
  }
})

test('a spec and its handler may be registered separately, and without a handler the operation cannot be executed', async () => {
  const registry = new OperationRegistry()
  const { handler, ...spec } = add
  registry.registerSpec(spec)
  const without = await failureOf(() => registry.execute('math.add', { a: 1, b: 2 }))
  expect([without.code, without.message]).toEqual([
    'OPERATION_NOT_FOUND',
    'math.add has no handler in this process.',
  ])
  expect((await failureOf(() => registry.registerHandler('math.sub', () => 1))).code).toBe(
    'OPERATION_NOT_FOUND',
  )
  if (handler !== undefined) registry.registerHandler('math.add', handler)
  expect((await registry.execute('math.add', { a: 1, b: 2 })).data).toEqual({ sum: 3 })
})

test('an unknown operation, a wrong input and a wrong kind each have their code', async () => {
  const registry = registryOf(
    add,
    openSpec('math.watch', { type: 'subscription', async *handler() {} }),
  )
  expect((await failureOf(() => registry.execute('math.nope', {}))).toWire()).toEqual({
    code: 'OPERATION_NOT_FOUND',
    message: 'There is no operation "math.nope".',
    details: { operationId: 'math.nope' },
  })
  const input = await failureOf(() => registry.execute('math.add', { a: 'x' }))
  expect(input.toWire()).toEqual({
    code: 'VALIDATION_ERROR',
    message: 'The input of math.add does not fit: /b is required; /a must be number',
    details: {
      errors: [
        { path: '/b', message: 'is required' },
        { path: '/a', message: 'must be number' },
      ],
    },
  })
  expect((await failureOf(() => registry.execute('math.watch', {}))).message).toContain('subscribe')
})

test('output is checked and passed on as it is; a mismatch names the paths and is never made to fit', async () => {
  const seen: unknown[] = []
  const registry = registryOf({ ...add, handler: () => seen.at(-1) })
  const input = { a: 1, b: 2 }
  seen.push({ total: 3 })
  const error = await failureOf(() => registry.execute('math.add', input))
  expect(error.toWire()).toEqual({
    code: 'EXECUTION_ERROR',
    message: 'The output of math.add does not fit: /sum is required',
    details: { errors: [{ path: '/sum', message: 'is required' }] },
  })
  seen.push({ sum: '3' })
  expect((await failureOf(() => registry.execute('math.add', input))).code).toBe('EXECUTION_ERROR')
  seen.push({ sum: 3, more: true })
  expect((await registry.execute('math.add', input)).data).toBe(seen.at(-1))
})

test('an envelope from a handler is passed on untouched, its data checked', async () => {
  const envelope = Object.freeze(
    httpEnvelope({ sum: 1 }, { statusCode: 200, headers: {}, contentType: 'application/json' }),
  )
  const registry = registryOf(
    { ...add, handler: () => envelope },
    { ...add, name: 'bad', handler: async () => localEnvelope('x', 'math.bad') },
  )
  expect(await registry.execute('math.add', { a: 1, b: 2 })).toBe(envelope)
  expect((await failureOf(() => registry.execute('math.bad', { a: 1, b: 2 }))).code).toBe(
    'EXECUTION_ERROR',
  )
})

test('scopes are checked before the input, and the resource that it names afterwards', async () => {
  const guarded = openSpec('projects.read', {
    inputSchema: Type.Object({ projectId: Type.String() }),
    accessControl: {
      requiredScopes: ['projects:read'],
      resourceType: 'project',
      resourceAction: 'read',
      resourceFrom: '/projectId',
    },
    handler: () => 'ok',
  })
  const registry = registryOf(guarded)
  const identity: Identity = {
    id: 'a',
    scopes: ['projects:*'],
    resources: { 'project:1': ['read'] },
  }
  const code = async (input: unknown, context: OperationContext): Promise<string> =>
    (await failureOf(() => registry.execute('projects.read', input, context))).code
  expect(await code({}, {})).toBe('ACCESS_DENIED')
  expect(await code({}, { identity: { id: 'b', scopes: [] } })).toBe('ACCESS_DENIED')
  expect(await code({}, { identity })).toBe('VALIDATION_ERROR')
  expect(await code({ projectId: '2' }, { identity })).toBe('ACCESS_DENIED')
  expect((await registry.execute('projects.read', { projectId: '1' }, { identity })).data).toBe(
    'ok',
  )
})

test('what a handler throws is mapped: declared codes, its own CallErrors, everything else hidden', async () => {
  let thrown: unknown
  const registry = registryOf(
    openSpec('a.b', {
      errorSchemas: [{ code: 'GONE', description: 'It has gone.', schema: {}, httpStatus: 410 }],
      handler: async () => {
        throw thrown
      },
    }),
  )
  thrown = new Error('GONE')
  const gone = await failureOf(() => registry.execute('a.b', {}))
  expect([gone.code, gone.message, gone.status]).toEqual(['GONE', 'It has gone.', 410])
  thrown = new CallError('CONFLICT', 'taken')
  expect(await failureOf(() => registry.execute('a.b', {}))).toBe(thrown)
  thrown = new Error('ENOENT: /root/.ssh/id')
  const hidden = await failureOf(() => registry.execute('a.b', {}))
  expect([hidden.code, hidden.cause]).toEqual(['EXECUTION_ERROR', thrown])
  expect(JSON.stringify(hidden.toWire())).not.toContain('ssh')
})

test('a call whose signal is aborted or whose time is over is not started', async () => {
  let started = 0
  const registry = registryOf(openSpec('a.b', { handler: () => (started += 1) }))
  const aborted = AbortSignal.abort(new CallError('PROVIDER_LOST', 'gone'))
  expect((await failureOf(() => registry.execute('a.b', {}, { signal: aborted }))).code).toBe(
    'PROVIDER_LOST',
  )
  expect(
    (await failureOf(() => registry.execute('a.b', {}, { signal: AbortSignal.abort() }))).code,
  ).toBe('ABORTED')
  expect(
    (await failureOf(() => registry.execute('a.b', {}, { deadline: Date.now() - 1 }))).code,
  ).toBe('TIMEOUT')
  expect(started).toBe(0)
})

test('a handler that stops because its signal was aborted ends with the abort, whatever it throws', async () => {
  const controller = new AbortController()
  const registry = registryOf(
    openSpec('a.b', {
      handler: (_input, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
        }),
    }),
  )
  const call = registry.execute('a.b', {}, { signal: controller.signal })
  controller.abort(new CallError('TIMEOUT', 'late'))
  expect((await failureOf(() => call)).code).toBe('TIMEOUT')
})

test('an adapter turns schemas of other libraries into JSON Schema when an operation is registered', async () => {
  const registry = new OperationRegistry({
    schemaAdapter: {
      toTypeBox: (schema) =>
        (schema as { mine?: boolean }).mine === true ? Type.String() : (schema as never),
    },
  })
  registry.register(openSpec('a.b', { inputSchema: { mine: true }, handler: () => 1 }))
  expect(registry.getSpec('a.b')?.inputSchema).toEqual(Type.String())
  expect((await failureOf(() => registry.execute('a.b', 1))).code).toBe('VALIDATION_ERROR')
})
