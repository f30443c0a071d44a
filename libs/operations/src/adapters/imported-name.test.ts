import { expect, test } from 'vitest'
import { ImportedNames } from './imported-name.ts'
import { NAME_PATTERN } from '../registry/spec-schema.ts'

test.each([
  ['repos/list-for-user', 'repos_list-for-user'],
  ['get pet.byId', 'get_pet_byId'],
  ['2fa', 'op_2fa'],
  ['_private_', 'private'],
  ['名前', 'op'],
  ['', 'op'],
])('the name %j becomes %j', (original, name) => {
  expect(new ImportedNames().take(original)).toBe(name)
})

test('a name that is taken is counted on, so that no operation overwrites another (A12)', () => {
  const names = new ImportedNames()
  expect(['a/b', 'a b', 'a_b', 'a_b_2'].map((name) => names.take(name))).toEqual([
    'a_b',
    'a_b_2',
    'a_b_3',
    'a_b_2_2',
  ])
})

test('long names are cut to the grammar and stay different', () => {
  const names = new ImportedNames()
  const made = ['x', 'y', 'y'].map((end) => names.take('a'.repeat(80) + end))
  expect(new Set(made).size).toBe(3)
  for (const name of made) expect(name).toMatch(new RegExp(NAME_PATTERN))
})
