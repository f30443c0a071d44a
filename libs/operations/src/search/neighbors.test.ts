import { expect, test } from 'vitest'
import { neighborsOf } from './neighbors.ts'
import { stem } from './tokens.ts'

test('a word of everyday language has near words of API documents', () => {
  expect(neighborsOf(stem('boss'))).toContain('manager')
  expect(neighborsOf('zzz')).toEqual([])
})

test('words of opposite effects are not near', () => {
  const opposites = [
    ['create', 'delete'],
    ['start', 'stop'],
    ['open', 'close'],
    ['add', 'remove'],
    ['lock', 'unlock'],
    ['accept', 'reject'],
    ['enable', 'disable'],
    ['increase', 'decrease'],
    ['buy', 'sell'],
    ['send', 'receive'],
    ['import', 'export'],
    ['upload', 'download'],
  ]
  const met = opposites.filter(([one = '', other = '']) => {
    return (
      neighborsOf(stem(one)).includes(stem(other)) || neighborsOf(stem(other)).includes(stem(one))
    )
  })
  expect(met).toEqual([])
})
