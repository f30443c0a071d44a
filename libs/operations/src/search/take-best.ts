import { runAtOnce } from '@alkdev/std'
import { ASKED, Examined } from './examined.ts'

/** What a place of the heap counts: it is compared with others. */
const PLACED = 4

/**
 * The first `limit` items, in order, that `accept` admits, without sorting the rest: a binary heap in place, so that
 * n items cost O(n + k log n). Changes `items`.
 */
export function takeBest(
  items: number[],
  limit: number,
  before: (a: number, b: number) => boolean,
  accept: (item: number) => boolean,
): number[] {
  return runAtOnce(takeBestSteps(items, limit, before, accept, new Examined()))
}

/** The same in steps, between which nothing else may change `items`. */
export function* takeBestSteps(
  items: number[],
  limit: number,
  before: (a: number, b: number) => boolean,
  accept: (item: number) => boolean,
  examined: Examined,
): Generator<void, number[]> {
  let size = items.length
  const at = (index: number): number => items[index] ?? 0

  function sink(from: number): void {
    let parent = from
    for (;;) {
      let child = 2 * parent + 1
      if (child >= size) return
      if (child + 1 < size && before(at(child + 1), at(child))) child++
      if (!before(at(child), at(parent))) return
      const moved = at(parent)
      items[parent] = at(child)
      items[child] = moved
      parent = child
    }
  }

  for (let index = (size >> 1) - 1; index >= 0; index--) {
    sink(index)
    if (examined.add(PLACED)) yield
  }
  const taken: number[] = []
  while (size > 0 && taken.length < limit) {
    const best = at(0)
    size--
    items[0] = at(size)
    sink(0)
    if (accept(best)) taken.push(best)
    if (examined.add(ASKED)) yield
  }
  return taken
}
