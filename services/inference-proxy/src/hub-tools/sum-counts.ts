/** The sum of two `usage` members, number by number; other values are those of the later one. */
export function sumCounts(former: unknown, next: unknown): unknown {
  if (typeof former === 'number' && typeof next === 'number') return former + next
  if (!isObject(former) || !isObject(next)) return next ?? former
  const sum: Record<string, unknown> = { ...former }
  for (const [name, value] of Object.entries(next))
    sum[name] = Object.hasOwn(former, name) ? sumOfCount(former[name], value) : value
  return sum
}

/** The details of a usage have counts, too, and nothing below. */
function sumOfCount(former: unknown, next: unknown): unknown {
  if (typeof former === 'number' && typeof next === 'number') return former + next
  if (!isObject(former) || !isObject(next)) return next ?? former
  const sum: Record<string, unknown> = { ...former, ...next }
  for (const [name, value] of Object.entries(next))
    if (typeof value === 'number' && typeof former[name] === 'number')
      sum[name] = former[name] + value
  return sum
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
