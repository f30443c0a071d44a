/** The members of `T` as optional ones; none of them is undefined. */
type Compact<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/**
 * Returns a new object with those members of `members` that are not undefined, in their order. Null, false, 0 and the empty text are kept.
 * It is for the optional members of an object literal: `{ id, ...compact({ title, tags }) }`. Under `exactOptionalPropertyTypes`, a member
 * may be missing where it may not be undefined. Members that always have a value stay outside, where their types are not optional.
 *
 * Copies own enumerable members with text keys. A member `__proto__` is copied as a member and never sets a prototype.
 */
export function compact<T extends object>(members: T): Compact<T> {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(members) as [string, unknown][]) {
    if (value === undefined) continue
    if (key === '__proto__') {
      Object.defineProperty(kept, key, {
        value,
        enumerable: true,
        writable: true,
        configurable: true,
      })
    } else kept[key] = value
  }
  return kept as Compact<T>
}
