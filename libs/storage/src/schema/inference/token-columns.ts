import { bigint, boolean, text } from 'drizzle-orm/pg-core'

const tokens = () => bigint({ mode: 'number' }).notNull().default(0)
const named = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0)

/** Tokens in disjoint classes, and what they cost. A token is counted in one column only. */
export const tokenColumns = () => ({
  /** Input that was neither read from a cache nor written to one, without audio. */
  inputTokens: tokens(),
  cacheReadTokens: tokens(),
  cacheWrite5mTokens: named('cache_write_5m_tokens'),
  cacheWrite1hTokens: named('cache_write_1h_tokens'),
  /** Output without reasoning and audio. */
  outputTokens: tokens(),
  reasoningTokens: tokens(),
  audioInputTokens: tokens(),
  audioOutputTokens: tokens(),
  /** Millionths of a US dollar; null when the price is unknown. */
  costMicros: bigint({ mode: 'number' }),
  /** Tokens were used, and the price table has no price for the model. */
  unpriced: boolean().notNull().default(false),
  /** Version of the price table that the cost was computed with. */
  priceVersion: text(),
})
