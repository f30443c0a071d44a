/** Maximum cost of a schema that is compiled in the event loop: about 10 ms. */
const MAX_CHEAP_COST = 120
/** Keywords whose values are data, not schemas. */
const VALUES: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])
const expensive = new WeakMap<object, boolean>()

/**
 * Whether compiling the schema takes so long that it must not be done in the event loop: a valid schema of 64 KiB can take many seconds.
 * Cached per object, which must not change.
 */
export function isExpensive(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  let known = expensive.get(schema)
  if (known === undefined) {
    known = schemaCost(schema, MAX_CHEAP_COST) > MAX_CHEAP_COST
    expensive.set(schema, known)
  }
  return known
}

/** Counts units of about 0.1 ms of compilation; stops beyond `limit`. */
export function schemaCost(schema: object, limit: number): number {
  let cost = 0
  const left: unknown[] = [schema]
  while (left.length > 0 && cost <= limit) {
    const node = left.pop()
    if (Array.isArray(node)) {
      cost += node.length / 20
      for (const member of node) left.push(member)
    } else if (typeof node === 'object' && node !== null) {
      cost += 1
      for (const [key, member] of Object.entries(node)) {
        cost += keywordCost(key, member)
        if (!VALUES.has(key)) left.push(member)
      }
    }
  }
  return cost
}

function keywordCost(key: string, member: unknown): number {
  if (key === '$ref' || key === '$dynamicRef') return 3
  if (key === 'pattern' && typeof member === 'string') return patternCost(member)
  if (key === 'patternProperties' && typeof member === 'object' && member !== null)
    return Object.keys(member).reduce((sum, pattern) => sum + patternCost(pattern), 0)
  if (key === 'enum' && Array.isArray(member)) return member.length / 100
  return key.startsWith('unevaluated') ? 5 : 0.1
}

/** Counted repetitions are written out when a pattern is compiled, nested ones many times over. */
function patternCost(pattern: string): number {
  let repeated = 1
  for (const [, least = '0', most = ''] of pattern.matchAll(/\{(\d{1,6})(?:,(\d{0,6}))?\}/g))
    repeated = Math.min(repeated * Math.max(1, Number(most === '' ? least : most)), 1e6)
  return 3 + pattern.length / 10 + repeated / 2
}
