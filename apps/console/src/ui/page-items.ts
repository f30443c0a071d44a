import type { Page } from '../hub/operations.ts'

type KeyOf<T> = (item: T) => string

/**
 * Items at the end of the first page of a list that are no longer on it, because others came before them; those between items that stay were taken out of
 * the list. Undefined when the pages below cannot go on after the new first page: it is the whole list, or has no item of the former one.
 */
export function pushedOff<T>(
  was: Page<T>,
  now: Page<T>,
  keyOf: KeyOf<T>,
): readonly T[] | undefined {
  if (now.nextCursor === undefined) return undefined
  const keys = new Set(now.items.map(keyOf))
  const last = was.items.findLastIndex((item) => keys.has(keyOf(item)))
  return last === -1 ? undefined : was.items.slice(last + 1)
}

/** The items without those whose key an earlier one has. */
export function withoutRepeats<T>(items: readonly T[], keyOf: KeyOf<T>): readonly T[] {
  const keys = new Set(items.map(keyOf))
  if (keys.size === items.length) return items
  return items.filter((item) => keys.delete(keyOf(item)))
}
