import { expect, test } from 'vitest'
import { isQuestion, numberOf, verbOf } from './effect.ts'
import { SearchIndex } from './search-index.ts'
import { stem, wordsOf } from './tokens.ts'

function first(names: string, query: string): string | undefined {
  const index = new SearchIndex()
  for (const id of names.split(' ')) {
    const [namespace = '', name = ''] = id.split('.')
    const type = /^(?:get|list)/.test(name) ? 'query' : 'mutation'
    index.set(id, { namespace, name, type })
  }
  return index.search(query)[0]?.id
}

test.each(['what does it do', 'who owns it', 'details of my account', 'in three weeks'])(
  'no word of this names several things: %s',
  (query) => {
    expect(numberOf(query, wordsOf(query))).toBeUndefined()
  },
)

test('what can stand between the words of a phrase can do so in all its forms', () => {
  const names = 'music.reorderTracks music.createOrder music.getSongs'
  expect(first(names, 'put these songs in order')).toBe('music.reorderTracks')
})

test('a short word that ends with e is the same in all its forms', () => {
  expect(['saving', 'saves', 'makes', 'making', 'sizes', 'typing'].map(stem)).toEqual(
    'save save make make size type'.split(' '),
  )
  expect(['adding', 'getting', 'fixed', 'buying', 'quizzes'].map(stem)).toEqual(
    'add get fix buy quizz'.split(' '),
  )
})

test.each([
  ['is there a way to delete the branch', 'remove'],
  ['is it possible to delete a branch', 'remove'],
  ['do you know how to make a branch', 'create'],
])('who asks whether it can be done wants it done: %s', (query, effect) => {
  const words = wordsOf(query)
  expect(verbOf(words, words.map(stem), [])?.effect).toBe(effect)
  expect(isQuestion(words)).toBe(false)
})

test('who asks whether it is so wants to know', () => {
  expect(isQuestion(wordsOf('is there a way out'))).toBe(true)
  expect(isQuestion(wordsOf('do i have to delete the branch'))).toBe(true)
})
