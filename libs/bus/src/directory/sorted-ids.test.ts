import { array, assert, constantFrom, property, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { SortedIds } from './sorted-ids.ts'

const ids = constantFrom('a', 'b', 'ba', 'c', 'd.e', 'd.f', 'z')

test('after any changes the ids are in order, from any cursor', () => {
  assert(
    property(
      array(tuple(constantFrom('add', 'delete', 'read'), ids), { maxLength: 40 }),
      (steps) => {
        const sorted = new SortedIds()
        const all = new Set<string>()
        for (const [step, id] of steps) {
          if (step === 'add') {
            sorted.add(id)
            all.add(id)
          } else if (step === 'delete') {
            sorted.delete(id)
            all.delete(id)
          }
          // Reading after some of the changes, so that others are merged together.
          const read = step === 'read' ? [...sorted.after(id)] : []
          const wanted = step === 'read' ? [...all].toSorted().filter((one) => one > id) : []
          expect(read).toEqual(wanted)
        }
        expect([...sorted.after()]).toEqual([...all].toSorted())
      },
    ),
  )
})
