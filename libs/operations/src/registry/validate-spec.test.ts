import { expect, test } from 'vitest'
import { failureOf, openSpec } from '../fixtures/operations.ts'
import { operationIdOf, retryClassOf, validateSpec } from './validate-spec.ts'

const pathsOf = async (spec: unknown): Promise<string[]> => {
  const error = await failureOf(() => validateSpec(spec))
  expect(error.code).toBe('VALIDATION_ERROR')
  return (error.details as { errors: { path: string }[] }).errors.map((failure) => failure.path)
}

test('a complete spec passes unchanged, with unknown members', () => {
  const spec = openSpec('fs.read', {
    title: 'Read',
    tags: ['files'],
    errorSchemas: [{ code: 'GONE', description: '', schema: true, httpStatus: 410 }],
    accessControl: {
      requiredScopes: ['fs:read'],
      requiredScopesAny: ['a:b'],
      resourceType: 'project',
      resourceAction: 'read',
      resourceFrom: '/projectId',
    },
    retry: 'keyed',
    resumable: true,
    pool: false,
    record: 'before-reply',
    hints: { readOnly: true },
    _meta: { original: 'fs/read' },
  })
  expect(validateSpec(spec)).toBe(spec)
  expect(operationIdOf(spec)).toBe('fs.read')
})

test('names follow the grammar, so that an id splits in one way', async () => {
  for (const name of ['a', 'A-b_c9', 'a'.repeat(64)])
    expect(validateSpec(openSpec('x.y', { name })).name).toBe(name)
  for (const name of ['', '1a', 'a.b', 'a b', '-a', '_a', 'é', 'a'.repeat(65), 'a\n', 5])
    expect(await pathsOf(openSpec('x.y', { name } as never))).toContain('/name')
  expect(await pathsOf(openSpec('x.y', { namespace: 'a.b' }))).toEqual(['/namespace'])
})

test('every failing path is named at once, down into the schemas', async () => {
  const paths = await pathsOf({
    namespace: 'a b',
    name: 'x',
    type: 'command',
    description: 'd',
    inputSchema: { type: 'object', properties: { p: { type: 'strin' } } },
    outputSchema: { $ref: 'https://example.org/x' },
    errorSchemas: [
      { code: 'A B', description: 'd', schema: { pattern: '(?=a)' }, httpStatus: 200 },
    ],
    accessControl: { requiredScopes: 'fs:read', resourceFrom: 'x', resourceAction: 'read' },
    retry: 'always',
  })
  for (const path of [
    '/namespace',
    '/version',
    '/type',
    '/inputSchema/properties/p/type',
    '/outputSchema/$ref',
    '/errorSchemas/0/code',
    '/errorSchemas/0/httpStatus',
    '/errorSchemas/0/schema',
    '/accessControl/requiredScopes',
    '/accessControl/resourceFrom',
    '/accessControl/resourceAction',
    '/retry',
  ])
    expect(paths).toContain(path)
})

test('a value that is not a spec is refused', async () => {
  for (const value of [undefined, null, 1, 'x', [], {}])
    expect((await pathsOf(value)).length).toBeGreaterThan(0)
  expect(await pathsOf({ ...openSpec('a.b'), inputSchema: undefined })).toContain('/inputSchema')
})

test('queries may be repeated, and others only if they declare it', () => {
  expect(retryClassOf({ type: 'query' })).toBe('safe')
  expect(retryClassOf({ type: 'mutation' })).toBe('never')
  expect(retryClassOf({ type: 'subscription' })).toBe('never')
  expect(retryClassOf({ type: 'mutation', retry: 'keyed' })).toBe('keyed')
})
