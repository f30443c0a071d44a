import { expect, test } from 'vitest'
import { longestFirst, namesOfShard } from './shard-sequencer.ts'

const names = Array.from({ length: 50 }, (_, at) => `e2e file-${at}`).concat(
  Array.from({ length: 7 }, (_, at) => `pg file-${at}`),
)

test.each([1, 2, 3, 8, 60])('of %i shards, each file is in exactly one', (count) => {
  const shards = Array.from({ length: count }, (_, at) => namesOfShard(names, at + 1, count))
  expect(shards.flat().toSorted()).toEqual(names.toSorted())
})

test('each shard has its part of every kind, whatever the order in which the files are found', () => {
  for (const index of [1, 2, 3]) {
    const shard = namesOfShard(names, index, 3)
    const kinds = (kind: string): number => shard.filter((name) => name.startsWith(kind)).length
    expect([16, 17]).toContain(kinds('e2e'))
    expect([2, 3]).toContain(kinds('pg'))
    expect(namesOfShard(names.toReversed(), index, 3)).toEqual(shard)
  }
})

test('the long files come first in their project, and the projects stay in their order', () => {
  const files = [
    'e2e a',
    'e2e session-streams.e2e.test.ts',
    'e2e merges.e2e.test.ts',
    'pg b',
    'pg a',
  ]
  const ordered = longestFirst(
    files,
    (file) => file.split(' ')[0] ?? '',
    (file) => `/folder/${file.split(' ')[1]}`,
  )
  expect(ordered).toEqual([
    'e2e merges.e2e.test.ts',
    'e2e session-streams.e2e.test.ts',
    'e2e a',
    'pg b',
    'pg a',
  ])
})
