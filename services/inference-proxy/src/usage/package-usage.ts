import { countOf, isBadCount, listOf, member, NO_TOKENS } from './usage.ts'
import type { Usage } from './usage.ts'

/**
 * The usage that a package of the AI SDK reports, with the audio tokens that Google counts inside of the others. Undefined when it says
 * nothing.
 */
export function packageUsage(usage: unknown): Usage | undefined {
  if (isBadCount(member(usage, 'inputTokens'), 'total')) return undefined
  if (isBadCount(member(usage, 'outputTokens'), 'total')) return undefined
  const input = countOf(usage, 'inputTokens', 'total')
  const output = countOf(usage, 'outputTokens', 'total')
  if (input === undefined && output === undefined) return undefined
  const cacheRead = countOf(usage, 'inputTokens', 'cacheRead') ?? 0
  const cacheWrite5m = countOf(usage, 'inputTokens', 'cacheWrite') ?? 0
  const reasoning = countOf(usage, 'outputTokens', 'reasoning') ?? 0
  const plain = (input ?? 0) - cacheRead - cacheWrite5m
  const text = (output ?? 0) - reasoning
  const raw = member(usage, 'raw')
  const audioInput = Math.max(0, Math.min(plain, audioOf(member(raw, 'promptTokensDetails'))))
  const audioOutput = Math.max(0, Math.min(text, audioOf(member(raw, 'candidatesTokensDetails'))))
  return {
    tokens: {
      ...NO_TOKENS,
      input: Math.max(0, plain - audioInput),
      cacheRead,
      cacheWrite5m,
      audioInput,
      output: Math.max(0, text - audioOutput),
      reasoning,
      audioOutput,
    },
    inconsistent: plain < 0 || text < 0 || ((input ?? 0) === 0 && (output ?? 0) > 0),
  }
}

function audioOf(details: unknown): number {
  const counts = listOf(details)
    .filter((one) => member(one, 'modality') === 'AUDIO')
    .map((one) => countOf(one, 'tokenCount') ?? 0)
  return counts.reduce((sum, count) => sum + count, 0)
}
