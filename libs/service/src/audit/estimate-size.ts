/**
 * The approximate number of bytes of a JSON value, counted up to `limit`: for a bound on memory, where walking a value
 * is cheap and serializing it is not. Returns `limit` for a value that can't be read.
 */
export function estimateSize(value: unknown, limit: number): number {
  try {
    return count(value, limit)
  } catch {
    return limit
  }
}

function count(value: unknown, limit: number): number {
  let bytes = 0
  const rest: unknown[] = [value]
  while (rest.length > 0 && bytes < limit) {
    const next = rest.pop()
    if (typeof next === 'string') bytes += next.length
    else if (typeof next !== 'object' || next === null) bytes += 8
    else if (Array.isArray(next)) {
      bytes += 8
      for (let at = 0; at < next.length && bytes + rest.length < limit; at += 1) rest.push(next[at])
    } else {
      for (const key of Object.keys(next)) {
        bytes += key.length + 8
        rest.push((next as Record<string, unknown>)[key])
      }
    }
  }
  return Math.min(bytes, limit)
}
