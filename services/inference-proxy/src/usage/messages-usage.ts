import { addTokens, countOf, isBadCount, listOf, member, NO_TOKENS } from './usage.ts'
import type { Usage } from './usage.ts'

/**
 * The `usage` of a message (Anthropic). Its input counts neither what was read from the cache nor what was written to it. A compaction (`iterations`) is charged beside
 * these counts, which do not hold it. Undefined when it says nothing, or says a count that is none.
 */
export function messagesUsage(usage: unknown): Usage | undefined {
  const main = countsOf(usage)
  if (main === undefined) return undefined
  const compactions = listOf(member(usage, 'iterations')).filter(
    (one) => member(one, 'type') === 'compaction',
  )
  return compactions
    .map((one) => countsOf(one))
    .reduce<Usage>(
      (sum, one) => ({
        tokens: addTokens(sum.tokens, one?.tokens ?? NO_TOKENS),
        inconsistent: sum.inconsistent || (one?.inconsistent ?? true),
      }),
      main,
    )
}

function countsOf(usage: unknown): Usage | undefined {
  if (isBadCount(usage, 'input_tokens') || isBadCount(usage, 'output_tokens')) return undefined
  const input = countOf(usage, 'input_tokens')
  const output = countOf(usage, 'output_tokens')
  if (input === undefined && output === undefined) return undefined
  const hour = countOf(usage, 'cache_creation', 'ephemeral_1h_input_tokens') ?? 0
  const short = countOf(usage, 'cache_creation', 'ephemeral_5m_input_tokens') ?? 0
  // Some servers report the parts alone.
  const written = countOf(usage, 'cache_creation_input_tokens') ?? hour + short
  const cacheRead = countOf(usage, 'cache_read_input_tokens') ?? 0
  const cacheWrite1h = Math.min(hour, written)
  return {
    tokens: {
      ...NO_TOKENS,
      input: input ?? 0,
      cacheRead,
      cacheWrite5m: written - cacheWrite1h,
      cacheWrite1h,
      output: output ?? 0,
    },
    inconsistent: hour > written || ((input ?? 0) + cacheRead + written === 0 && (output ?? 0) > 0),
  }
}

/** A stream tells the usage in pieces: a later count takes the place of an earlier one. Undefined when neither says anything. */
export function mergeMessagesUsage(former: unknown, next: unknown): unknown {
  if (typeof next !== 'object' || next === null) return former
  const known = Object.entries(next).filter(([, value]) => value !== null && value !== undefined)
  return { ...(member({ former }, 'former') as object | undefined), ...Object.fromEntries(known) }
}
