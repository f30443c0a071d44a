/** What is compiled in the process itself: some 10 ms. */
const MOST_LIGHT = 120
/** Values, not schemas: they are compiled as they are. */
const VALUES: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])
const heavy = new WeakMap<object, boolean>()

/**
 * Whether compiling the schema takes so long that it must not be done in the event loop: a valid schema of 64 KiB can take many seconds.
 * Remembered for the object, which must not change.
 */
export function isHeavy(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  let known = heavy.get(schema)
  if (known === undefined) {
    known = weightOf(schema, MOST_LIGHT) > MOST_LIGHT
    heavy.set(schema, known)
  }
  return known
}

/** About 0.1 ms of compiling each; stops counting beyond `most`. */
export function weightOf(schema: object, most: number): number {
  let weight = 0
  const left: unknown[] = [schema]
  while (left.length > 0 && weight <= most) {
    const node = left.pop()
    if (Array.isArray(node)) {
      weight += node.length / 20
      for (const member of node) left.push(member)
    } else if (typeof node === 'object' && node !== null) {
      weight += 1
      for (const [key, member] of Object.entries(node)) {
        weight += keywordWeight(key, member)
        if (!VALUES.has(key)) left.push(member)
      }
    }
  }
  return weight
}

function keywordWeight(key: string, member: unknown): number {
  if (key === '$ref' || key === '$dynamicRef') return 3
  if (key === 'pattern' && typeof member === 'string') return patternWeight(member)
  if (key === 'patternProperties' && typeof member === 'object' && member !== null)
    return Object.keys(member).reduce((sum, pattern) => sum + patternWeight(pattern), 0)
  if (key === 'enum' && Array.isArray(member)) return member.length / 100
  return key.startsWith('unevaluated') ? 5 : 0.1
}

/** Counted repetitions are written out when a pattern is compiled, nested ones many times over. */
function patternWeight(pattern: string): number {
  let repeated = 1
  for (const [, least = '0', most = ''] of pattern.matchAll(/\{(\d{1,6})(?:,(\d{0,6}))?\}/g))
    repeated = Math.min(repeated * Math.max(1, Number(most === '' ? least : most)), 1e6)
  return 3 + pattern.length / 10 + repeated / 2
}
