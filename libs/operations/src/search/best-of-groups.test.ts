import { runAtOnce } from '@alkdev/std'
import { array, assert, integer, nat, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { bestOfGroups } from './best-of-groups.ts'
import { Examined } from './examined.ts'
import { takeBest } from './take-best.ts'

test('what is left out of large groups changes nothing of the best', () => {
  const item = record({ group: integer({ min: 0, max: 3 }), score: nat(5), visible: nat(3) })
  assert(
    property(array(item, { maxLength: 120 }), integer({ min: 1, max: 8 }), (items, limit) => {
      const before = (a: number, b: number): boolean => {
        const difference = (items[a]?.score ?? 0) - (items[b]?.score ?? 0)
        return difference === 0 ? a < b : difference > 0
      }
      const accept = (at: number): boolean => items[at]?.visible !== 0
      const groupOf = (at: number): string => String(items[at]?.group)
      const best = (from: number[]): number[] => {
        const taken = new Map<string, number>()
        return takeBest(from, limit, before, (at) => {
          const same = taken.get(groupOf(at)) ?? 0
          if (same >= 2 || !accept(at)) return false
          taken.set(groupOf(at), same + 1)
          return true
        })
      }
      const all = [...items.keys()]
      const kept = runAtOnce(bestOfGroups(all, groupOf, 2, before, accept, new Examined()))
      expect(best(kept)).toEqual(best([...all]))
    }),
  )
})
