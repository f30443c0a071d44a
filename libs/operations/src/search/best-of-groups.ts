import { ASKED } from './examined.ts'
import type { Examined } from './examined.ts'

/** Groups of at most this many items are left as they are: their items may never be looked at. */
const SMALL = 8

/**
 * The items without those of large groups that can't be among the first: of such a group only the best `most` that `accept` admits are kept.
 * One pass over the items, however many a group has.
 */
export function* bestOfGroups(
  items: readonly number[],
  groupOf: (item: number) => string | undefined,
  most: number,
  before: (a: number, b: number) => boolean,
  accept: (item: number) => boolean,
  examined: Examined,
): Generator<void, number[]> {
  const groups = new Map<string | undefined, number[]>()
  for (const item of items) {
    const name = groupOf(item)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
    if (examined.add(1)) yield
  }
  const kept: number[] = []
  for (const group of groups.values()) {
    if (group.length <= SMALL) {
      for (const item of group) kept.push(item)
      if (examined.add(group.length)) yield
      continue
    }
    /** In order, the best first. */
    const best: number[] = []
    for (const item of group) {
      const last = best[most - 1]
      if (last !== undefined && !before(item, last)) {
        if (examined.add(1)) yield
        continue
      }
      if (accept(item)) {
        const at = best.findIndex((other) => before(item, other))
        best.splice(at === -1 ? best.length : at, 0, item)
        if (best.length > most) best.pop()
      }
      if (examined.add(ASKED)) yield
    }
    for (const item of best) kept.push(item)
  }
  return kept
}
