import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SearchIndex } from './search-index.ts'

const filled = (): SearchIndex => {
  const index = new SearchIndex()
  index.set('fs.readFile', {
    namespace: 'fs',
    name: 'readFile',
    description: 'Reads the contents of one file.',
    tags: ['files'],
  })
  index.set('fs.writeFile', {
    namespace: 'fs',
    name: 'writeFile',
    description: 'Writes a file, making folders as needed.',
  })
  index.set('fs.listFolder', {
    namespace: 'fs',
    name: 'listFolder',
    title: 'List a folder',
    description: 'Names in a folder.',
  })
  index.set('git.commit', {
    namespace: 'git',
    name: 'commit',
    description: 'Records the staged changes of files.',
  })
  index.set('accounts.create', {
    namespace: 'accounts',
    name: 'create',
    description: 'Creates an account.',
  })
  return index
}
const first = (index: SearchIndex, query: string): string | undefined => index.search(query)[0]?.id

test('the name weighs most, endings and case do not matter, and a beginning finds the word', () => {
  const index = filled()
  expect(first(index, 'read file')).toBe('fs.readFile')
  expect(first(index, 'READING FILES')).toBe('fs.readFile')
  expect(first(index, 'listing folders')).toBe('fs.listFolder')
  expect(first(index, 'staged')).toBe('git.commit')
  expect(first(index, 'acc')).toBe('accounts.create')
  expect(first(index, 'fs.writeFile')).toBe('fs.writeFile')
  expect(index.search('nothing like this')).toEqual([])
  expect(index.search('')).toEqual([])
})

test('hits come best first, limited after the filter', () => {
  const index = filled()
  const scores = index.search('file').map((hit) => hit.score)
  expect(scores).toEqual(scores.toSorted((a, b) => b - a))
  expect(index.search('file', 1)).toHaveLength(1)
  expect(index.search('file', 1, (id) => id === 'git.commit')[0]?.id).toBe('git.commit')
})

test('an entry can be replaced and removed', () => {
  const index = filled()
  index.set('git.commit', { namespace: 'git', name: 'push', description: 'Sends.' })
  expect(first(index, 'staged')).toBeUndefined()
  expect(first(index, 'push')).toBe('git.commit')
  expect([index.delete('git.commit'), index.delete('git.commit'), index.size]).toEqual([
    true,
    false,
    4,
  ])
  expect(index.search('git')).toEqual([])
})

test('what was added and removed in any order is found exactly while it is there', () => {
  const word = fc.constantFrom('zorpan', 'blickit', 'dweemo', 'frumkel')
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('u', 'v', 'w', 'x'), fc.option(word))),
      (steps) => {
        const index = new SearchIndex()
        const model = new Map<string, string>()
        for (const [id, name] of steps) {
          if (name === null) {
            index.delete(id)
            model.delete(id)
          } else {
            index.set(id, { namespace: 'n', name })
            model.set(id, name)
          }
        }
        for (const name of ['zorpan', 'blickit', 'dweemo', 'frumkel'])
          expect(new Set(index.search(name).map((hit) => hit.id))).toEqual(
            new Set([...model].filter(([, known]) => known === name).map(([id]) => id)),
          )
      },
    ),
  )
})
