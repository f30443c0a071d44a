import { expect, test } from 'vitest'
import { layOut } from './layout.ts'

const node = (slug: string, status = 'pending') => ({ slug, name: slug, status })

test('a task stands after all that it depends on, and the longest open chain is marked', () => {
  const layout = layOut(
    [node('a', 'completed'), node('b'), node('c'), node('d'), node('alone')],
    [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'a', to: 'c' },
      { from: 'c', to: 'd' },
      { from: 'missing', to: 'd' },
    ],
  )
  expect(Object.fromEntries(layout.nodes.map(({ slug, wave }) => [slug, wave]))).toEqual({
    a: 0,
    alone: 0,
    b: 1,
    c: 2,
    d: 3,
  })
  expect([...layout.critical].toSorted()).toEqual(['b', 'c', 'd'])
  expect([layout.waves, layout.rows, layout.cyclic]).toEqual([4, 2, []])
})

test('tasks in a cycle are named and not placed', () => {
  const layout = layOut(
    [node('a'), node('b'), node('c')],
    [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ],
  )
  expect(layout.nodes.map(({ slug }) => slug)).toEqual(['c'])
  expect(layout.cyclic).toEqual(['a', 'b'])
})

test('an empty plan has no waves', () => {
  expect(layOut([], [])).toMatchObject({ nodes: [], waves: 0, rows: 0 })
})
