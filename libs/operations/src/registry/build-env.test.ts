import { expect, test } from 'vitest'
import { buildEnv } from './build-env.ts'
import { CallError } from '../calls/call-error.ts'
import { OperationRegistry } from './registry.ts'
import type { RegisteredOperation } from './registry-types.ts'
import { failureOf, openSpec } from '../fixtures/operations.ts'
import type { OperationContext, OperationEnv } from './types.ts'

const identity = { id: 'a', scopes: ['outer:run'] }
const guarded = { requiredScopes: ['inner:run'] }

function setUp(...more: RegisteredOperation[]): {
  readonly registry: OperationRegistry
  readonly contexts: OperationContext[]
} {
  const registry = new OperationRegistry()
  const contexts: OperationContext[] = []
  registry.registerAll([
    openSpec('inner.run', {
      accessControl: guarded,
      inputSchema: { type: 'number' },
      handler: (input: number, context) => {
        contexts.push(context)
        return input * 2
      },
    }),
    openSpec('inner.hang', { handler: () => new Promise(() => {}) }),
    openSpec('inner.items', { type: 'subscription', async *handler() {} }),
    openSpec('other.run', { handler: () => 'other' }),
    ...more,
  ])
  return { registry, contexts }
}
const call = (env: OperationEnv | undefined, namespace: string, name: string, input: unknown) => {
  const run = env?.[namespace]?.[name]
  if (run === undefined) throw new Error(`there is no ${namespace}.${name}`)
  return run(input)
}

test('an env has the queries and mutations of the allowed namespaces, as the registry has them now', () => {
  const { registry } = setUp()
  const env = buildEnv({ registry, context: {} })
  expect(Object.keys(env)).toEqual(['inner', 'other'])
  expect(Object.keys(env['inner'] ?? {})).toEqual(['run', 'hang'])
  expect(env['inner']?.['items']).toBeUndefined()
  expect([env['nope'], 'nope' in env, 'inner' in env, env['then']]).toEqual([
    undefined,
    false,
    true,
    undefined,
  ])
  registry.register(openSpec('late.run', { handler: () => 1 }))
  expect(Object.keys(env)).toContain('late')
  const narrow = buildEnv({ registry, context: {}, allowedNamespaces: ['other'] })
  expect([Object.keys(narrow), narrow['inner']]).toEqual([['other'], undefined])
  expect(() => Object.assign(env, { inner: {} })).toThrow(TypeError)
})

test('each nested call has an id of its own and its caller’s id as parent, all the way down', async () => {
  const seen: (readonly [string | undefined, string | undefined])[] = []
  const note = (context: OperationContext): void => {
    seen.push([context.requestId, context.parentRequestId])
  }
  const { registry } = setUp(
    openSpec('chain.a', {
      handler: (_input, context) => (note(context), call(context.env, 'chain', 'b', 1)),
    }),
    openSpec('chain.b', {
      handler: (_input, context) => (note(context), call(context.env, 'chain', 'c', 1)),
    }),
    openSpec('chain.c', { handler: (_input, context) => (note(context), 'end') }),
  )
  const context: OperationContext = { requestId: 'root', identity, metadata: { trace: 't' } }
  await call(buildEnv({ registry, context }), 'chain', 'a', 1)
  expect(seen.map(([, parent]) => parent)).toEqual(['root', seen[0]?.[0], seen[1]?.[0]])
  expect(new Set(seen.map(([id]) => id)).size).toBe(3)
})

test('identity and metadata go along; the idempotency key of the outer call does not', async () => {
  const { registry, contexts } = setUp()
  const context: OperationContext = {
    requestId: 'r',
    identity,
    metadata: { trace: 't' },
    idempotencyKey: 'k',
  }
  await call(buildEnv({ registry, context }), 'inner', 'run', 1)
  expect(contexts[0]).toMatchObject({ identity, metadata: { trace: 't' } })
  expect(contexts[0]).not.toHaveProperty('idempotencyKey')
})

test('nested calls pass the access check unless they are to be checked; the input is checked always', async () => {
  const { registry } = setUp()
  const context: OperationContext = { identity }
  expect((await call(buildEnv({ registry, context }), 'inner', 'run', 2)).data).toBe(4)
  const checked = buildEnv({ registry, context, access: 'checked' })
  expect((await failureOf(() => call(checked, 'inner', 'run', 2))).code).toBe('ACCESS_DENIED')
  expect(
    (await failureOf(() => call(buildEnv({ registry, context }), 'inner', 'run', 'x'))).code,
  ).toBe('VALIDATION_ERROR')
})

test('trust is not transferable: neither the context nor a copy of it bypasses the access check again', async () => {
  const { registry, contexts } = setUp()
  await call(buildEnv({ registry, context: { identity } }), 'inner', 'run', 1)
  const [given] = contexts
  if (given === undefined) throw new Error('the handler was not called')
  expect((await failureOf(() => registry.execute('inner.run', 1, given))).code).toBe(
    'ACCESS_DENIED',
  )
  expect((await failureOf(() => registry.execute('inner.run', 1, { ...given }))).code).toBe(
    'ACCESS_DENIED',
  )
  const forged = { ...given, trusted: true } as OperationContext
  expect((await failureOf(() => registry.execute('inner.run', 1, forged))).code).toBe(
    'ACCESS_DENIED',
  )
})

test('trust is for the operation called, not for what its handler calls behind the env’s back', async () => {
  const codes: string[] = []
  const { registry } = setUp(
    openSpec('sly.run', {
      handler: async (_input, context) => {
        codes.push((await failureOf(() => registry.execute('inner.run', 1, context))).code)
        return 1
      },
    }),
  )
  await call(buildEnv({ registry, context: { identity } }), 'sly', 'run', 1)
  expect(codes).toEqual(['ACCESS_DENIED'])
})

test('an abort of the outer call ends the nested one at once, even if its handler does not stop', async () => {
  const controller = new AbortController()
  const { registry } = setUp(
    openSpec('deep.run', { handler: (_input, context) => call(context.env, 'inner', 'hang', 1) }),
  )
  const context: OperationContext = { signal: controller.signal }
  const nested = call(buildEnv({ registry, context }), 'deep', 'run', 1)
  controller.abort(new CallError('ABORTED', 'the caller left'))
  expect((await failureOf(() => nested)).message).toBe('the caller left')
  expect(
    (await failureOf(() => call(buildEnv({ registry, context }), 'other', 'run', 1))).code,
  ).toBe('ABORTED')
})

test('the time that is left bounds nested calls', async () => {
  const { registry, contexts } = setUp()
  const deadline = Date.now() + 30
  const env = buildEnv({ registry, context: { deadline } })
  expect((await call(env, 'inner', 'run', 1)).data).toBe(2)
  expect(contexts[0]?.deadline).toBe(deadline)
  expect((await failureOf(() => call(env, 'inner', 'hang', 1))).code).toBe('TIMEOUT')
  // The timer of the call may end a fraction of a millisecond before the clock shows the deadline.
  await expect.poll(() => Date.now()).toBeGreaterThan(deadline)
  expect((await failureOf(() => call(env, 'inner', 'run', 1))).code).toBe('TIMEOUT')
})

test('calls nest 16 levels and no deeper', async () => {
  let deepest = 0
  const { registry } = setUp(
    openSpec('loop.run', {
      handler: (level: number, context) => {
        deepest = Math.max(deepest, level)
        return call(context.env, 'loop', 'run', level + 1)
      },
    }),
  )
  const error = await failureOf(() => call(buildEnv({ registry, context: {} }), 'loop', 'run', 1))
  expect([error.code, deepest]).toEqual(['EXECUTION_ERROR', 16])
})
