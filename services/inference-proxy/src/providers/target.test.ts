import { expect, test } from 'vitest'
import type { KnownProvider } from './provider.ts'
import { findTargets, noSuchModel } from './target.ts'

const provider = (name: string, ownerId: string, orgId: string | null = null): KnownProvider => ({
  id: `id-of-${name}`,
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

test('an entry of an alias may have a weight', () => {
  const weighted = { mixed: [{ target: 'own/a', weight: 3 }, 'own/b'] }
  const targets = findTargets('mixed', alice, providers, weighted)
  expect(targets.map(({ model, weight }) => [model, weight])).toEqual([
    ['a', 3],
    ['b', undefined],
  ])
})

const error = (name: string) => noSuchModel(name, alice, providers, ['fast'])

test('the error for a model without a target has the name as JSON text', () => {
  expect(error('a"b')).toMatchObject({ code: 'MODEL_NOT_FOUND', httpStatus: 404 })
  expect(error('a"b').message).toContain('There is no model "a\\"b" for this key.')
})

test.each([
  ['owm/gpt', 'Did you mean "own/gpt"?'],
  ['fost', 'Did you mean "fast"?'],
])('the error for %j names what is near: %s', (name, hint) => {
  expect(error(name).message).toContain(hint)
})

test('the error names no provider that the caller may not use', () => {
  expect(error('their/gpt').message).not.toContain('theirs')
})
