import { countOf, member, NO_TOKENS } from './usage.ts'
import type { Usage } from './usage.ts'

/**
 * The `usage` of a message (Anthropic). Its input counts neither what was read from the cache nor what was written to it. Undefined when it
 * says nothing.
 */
export function messagesUsage(usage: unknown): Usage | undefined {
  const input = countOf(usage, 'input_tokens')
  const output = countOf(usage, 'output_tokens')
  if (input === undefined && output === undefined) return undefined
  const written = countOf(usage, 'cache_creation_input_tokens') ?? 0
  const hour = countOf(usage, 'cache_creation', 'ephemeral_1h_input_tokens') ?? 0
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
