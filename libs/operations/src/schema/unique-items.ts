import { canonicalJson } from '@alkdev/std'

/** Whether no two items are equal as JSON values. Time and memory in proportion to the array's JSON. */
export function hasUniqueItems(items: readonly unknown[]): boolean {
  if (items.length < 2) return true
  const seen = new Set<unknown>()
  const seenObjects = new Set<string>()
  for (const item of items) {
    if (typeof item === 'object' && item !== null) {
      const text = canonicalJson(item)
      if (seenObjects.has(text)) return false
      seenObjects.add(text)
    } else {
      if (seen.has(item)) return false
      seen.add(item)
    }
  }
  return true
}
