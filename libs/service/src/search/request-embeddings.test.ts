import { expect, test } from 'vitest'
import { vectorsIn } from './request-embeddings.ts'

const answer = (...data: unknown[]): string => JSON.stringify({ object: 'list', data })

test('the embeddings of an answer are in the order of the texts', () => {
  const text = answer({ index: 1, embedding: [0, 1] }, { index: 0, embedding: [1, 0] })
  expect(vectorsIn(text, 2).map(({ bytes }) => [...bytes])).toEqual([
    [127, 0],
    [0, 127],
  ])
})

test.each([
  ['is not JSON', '<html>'],
  ['is null', 'null'],
  ['has no data', '{}'],
  ['lacks one', answer({ index: 0, embedding: [1] })],
  ['has one for no text', answer({ index: 0, embedding: [1] }, { index: 2, embedding: [1] })],
  ['has one that is no direction', answer({ embedding: [1] }, { embedding: [0] })],
  ['has something else', answer(null, 'x')],
])('an answer that %s is an error', (_, text) => {
  expect(() => vectorsIn(text, 2)).toThrow(/The answer/)
})
