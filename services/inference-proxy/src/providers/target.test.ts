import { expect, test } from 'vitest'
import type { KnownProvider } from './provider.ts'
import { findTargets, noSuchModel } from './target.ts'

const provider = (name: string, ownerId: string, orgId: string | null = null): KnownProvider => ({
  name,
  ownerId,
  orgId,
  broken: 'not opened in this test',
})
const providers = new Map(
  [provider('own', 'alice'), provider('shared', 'bob', 'org'), provider('theirs', 'bob')].map(
    (one) => [one.name, one],
  ),
)
const aliases = { fast: ['theirs/a', 'shared/b/c', 'own/d'], none: [] }
const alice = { id: 'alice', scopes: [], orgIds: ['org'] }
const find = (name: string) =>
  findTargets(name, alice, providers, aliases).map((one) => `${one.provider.name} ${one.model}`)

test('a model is named by its provider and its own name', () => {
  expect(find('own/gpt')).toEqual(['own gpt'])
})

test('the name of a model may contain a slash', () => {
  expect(find('shared/meta/llama')).toEqual(['shared meta/llama'])
})

test('an alias stands for its targets that the caller may use, in order', () => {
  expect(find('fast')).toEqual(['shared b/c', 'own d'])
})

test.each(['theirs/a', 'nothing/a', 'own', '/own', 'none', 'constructor', '__proto__/x'])(
  'the model %j has no target',
  (name) => {
    expect(find(name)).toEqual([])
  },
)

test('the error for a model without a target has the name as JSON text', () => {
  const { code, message } = noSuchModel('a"b')
  expect(code).toBe('OPERATION_NOT_FOUND')
  expect(message).toContain('There is no model "a\\"b" for this key.')
})
