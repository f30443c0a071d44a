/**
 * Whether the JSON of a value surely has more than `most` bytes. It stops at that size, also for a value that holds another one many times:
 * its text would then fill the memory. What is not surely larger has at most about 25 times as many bytes.
 */
export function isJsonLargerThan(value: unknown, most: number): boolean {
  const pending: unknown[] = [value]
  let bytes = 0
  while (pending.length > 0) {
    const next = pending.pop()
    if (typeof next === 'string') bytes += Buffer.byteLength(next) + 2
    else if (typeof next !== 'object' || next === null) bytes += 1
    else {
      const isList = Array.isArray(next)
      // Members without a value are not in the JSON.
      const members = isList ? [] : Object.entries(next).filter(([, one]) => one !== undefined)
      bytes += isList ? next.length : members.reduce((sum, [name]) => sum + name.length + 4, 1)
      if (bytes > most) return true
      for (const one of isList ? (next as unknown[]) : members.map(([, of]) => of))
        pending.push(one)
    }
    if (bytes > most) return true
  }
  return false
}
