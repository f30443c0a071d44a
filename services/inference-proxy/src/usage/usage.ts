import type { TokenCounts } from '@alkdev/storage/inference'

/** The tokens of one answer. */
export interface Usage {
  readonly tokens: TokenCounts
  /** The provider's counts contradict each other; they are kept as far as they make sense. */
  readonly inconsistent: boolean
  /** The output that was counted is that of the start of the answer: more of it may have followed. */
  readonly isStart?: boolean
}

/** No answer has more tokens. Sums of what hostile providers report stay numbers that PostgreSQL holds. */
const MAX_COUNT = 1_000_000_000

export const NO_TOKENS: TokenCounts = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  audioInput: 0,
  audioOutput: 0,
}

/** A member of a value from outside; undefined for anything but an object. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}

/** A member as text: one from outside may be an object, which cannot be made one. Empty for all but texts, numbers and booleans. */
export function plainText(value: unknown, name: string): string {
  const found = member(value, name)
  return ['string', 'number', 'boolean'].includes(typeof found) ? String(found) : ''
}

/** A token count; undefined when it is missing, null, negative, no whole number, or more than a billion. */
export function countOf(value: unknown, ...path: readonly string[]): number | undefined {
  const found = path.reduce(member, value)
  return typeof found === 'number' && Number.isInteger(found) && found >= 0 && found <= MAX_COUNT
    ? found
    : undefined
}

/** Whether a member that should be a token count is something else, such as a negative number: then the whole report is not to be believed. */
export function isBadCount(value: unknown, name: string): boolean {
  return (member(value, name) ?? undefined) !== undefined && countOf(value, name) === undefined
}

/** The entries of a list from outside. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The tokens of several answers of one call together. */
export function addTokens(a: TokenCounts, b: TokenCounts): TokenCounts {
  return {
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite5m: a.cacheWrite5m + b.cacheWrite5m,
    cacheWrite1h: a.cacheWrite1h + b.cacheWrite1h,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
    audioInput: a.audioInput + b.audioInput,
    audioOutput: a.audioOutput + b.audioOutput,
  }
}
