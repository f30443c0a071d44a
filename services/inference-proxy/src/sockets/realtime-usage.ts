import { countOf, NO_TOKENS } from '../usage/usage.ts'
import type { Usage } from '../usage/usage.ts'

/**
 * The `usage` of a response of OpenAI's realtime API: its details have other names than those of responses, and its cached tokens are text or
 * audio. Source: `RealtimeResponseUsage` of the types of `openai` 7.59.0. Undefined when it says nothing.
 */
export function realtimeUsage(usage: unknown): Usage | undefined {
  const input = countOf(usage, 'input_tokens')
  const output = countOf(usage, 'output_tokens')
  if (input === undefined && output === undefined) return undefined
  const detail = (...path: readonly string[]): number => countOf(usage, ...path) ?? 0
  const cacheRead = detail('input_token_details', 'cached_tokens')
  const cachedAudio = detail('input_token_details', 'cached_tokens_details', 'audio_tokens')
  const audioInput = Math.max(0, detail('input_token_details', 'audio_tokens') - cachedAudio)
  const audioOutput = detail('output_token_details', 'audio_tokens')
  const plain = (input ?? 0) - cacheRead - audioInput
  const text = (output ?? 0) - audioOutput
  return {
    tokens: {
      ...NO_TOKENS,
      input: Math.max(0, plain),
      cacheRead,
      audioInput,
      output: Math.max(0, text),
      audioOutput,
    },
    inconsistent: plain < 0 || text < 0,
  }
}
