/** Groups of at most this many items are left as they are: their items may never be looked at. */
const SMALL = 8

/**
 * The items without those of large groups that can't be among the first: of such a group only the best `most` that `accept` admits are kept.
 * One pass over the items, however many a group has.
 */
export function bestOfGroups(
  items: readonly number[],
  groupOf: (item: number) => string | undefined,
  most: number,
  before: (a: number, b: number) => boolean,
  accept: (item: number) => boolean,
): number[] {
  const groups = Map.groupBy(items, groupOf)
  const kept: number[] = []
  for (const group of groups.values()) {
    if (group.length <= SMALL) {
      for (const item of group) kept.push(item)
      continue
    }
    /** In order, the best first. */
    const best: number[] = []
    for (const item of group) {
      const last = best[most - 1]
      if (last !== undefined && !before(item, last)) continue
      if (!accept(item)) continue
      const at = best.findIndex((other) => before(item, other))
      best.splice(at === -1 ? best.length : at, 0, item)
      if (best.length > most) best.pop()
    }
    for (const item of best) kept.push(item)
  }
  return kept
}
