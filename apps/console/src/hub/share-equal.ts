/** A value of JSON in which each part that equals the same part of the value before is that part, so that views see by identity what has changed. */
export function shareEqual<T>(was: T | undefined, now: T): T {
  return shared(was, now) as T
}

type Members = Readonly<Record<string, unknown>>

/** In place of a member that is not there; no value of JSON equals it. */
const ABSENT = Symbol('absent')

/** Copies a value only where it takes over a part of the one before: a large answer in which little has changed is compared without further memory. */
function shared(was: unknown, now: unknown): unknown {
  if (was === now || typeof was !== 'object' || typeof now !== 'object') return now
  if (was === null || now === null || Array.isArray(was) !== Array.isArray(now)) return now
  return Array.isArray(was) && Array.isArray(now)
    ? sharedItems(was, now)
    : sharedMembers(was as Members, now as Members)
}

/** An item is compared with the one of the same id, wherever that was: one that comes first in a list makes no other one new. */
function sharedItems(was: readonly unknown[], now: readonly unknown[]): readonly unknown[] {
  let isSame = was.length === now.length
  let byId: ReadonlyMap<unknown, unknown> | undefined
  let copy: unknown[] | undefined
  for (let at = 0; at < now.length; at += 1) {
    const id = idOf(now[at])
    let before = was[at]
    if (id !== idOf(before)) {
      byId ??= new Map(was.map((item) => [idOf(item), item]))
      before = byId.get(id)
    }
    const part = shared(before, now[at])
    if (part !== was[at]) isSame = false
    if (part !== now[at]) (copy ??= [...now])[at] = part
  }
  return isSame ? was : (copy ?? now)
}

/** The member `id` of an object, or the first one, which is the id in what the hub lists; where it is none, less is shared and nothing is wrong. */
function idOf(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined
  const members = item as Members
  const [first = 'id'] = Object.keys(members)
  const value = members['id'] ?? members[first]
  return typeof value === 'object' ? undefined : value
}

function sharedMembers(was: Members, now: Members): Members {
  const names = Object.keys(now)
  let isSame = Object.keys(was).length === names.length
  let copy: Record<string, unknown> | undefined
  for (const name of names) {
    const before = Object.hasOwn(was, name) ? was[name] : ABSENT
    const part = shared(before, now[name])
    if (part !== before) isSame = false
    if (part !== now[name]) (copy ??= { ...now })[name] = part
  }
  return isSame ? was : (copy ?? now)
}
