import { countOf, isBadCount, NO_TOKENS } from './usage.ts'
import type { Usage } from './usage.ts'

/** Where the counts lie: the words of chat completions, completions and embeddings differ from those of responses. */
interface Words {
  readonly input: string
  readonly inputDetails: string
  readonly output: string
  readonly outputDetails: string
}

const CHAT: Words = {
  input: 'prompt_tokens',
  inputDetails: 'prompt_tokens_details',
  output: 'completion_tokens',
  outputDetails: 'completion_tokens_details',
}
const RESPONSES: Words = {
  input: 'input_tokens',
  inputDetails: 'input_tokens_details',
  output: 'output_tokens',
  outputDetails: 'output_tokens_details',
}

/** The `usage` of a chat completion, a completion or an embedding. Undefined when it says nothing; zero is not nothing. */
export function chatUsage(usage: unknown): Usage | undefined {
  return usageBy(CHAT, usage)
}

/** The `usage` of a response. */
export function responsesUsage(usage: unknown): Usage | undefined {
  return usageBy(RESPONSES, usage)
}

function usageBy(words: Words, usage: unknown): Usage | undefined {
  if (isBadCount(usage, words.input) || isBadCount(usage, words.output)) return undefined
  const input = countOf(usage, words.input)
  const output = countOf(usage, words.output)
  if (input === undefined && output === undefined) return undefined
  const detail = (of: string, name: string): number => countOf(usage, of, name) ?? 0
  const reported = output ?? 0
  // DeepSeek reports what it read from its cache beside the details.
  const cacheRead =
    countOf(usage, words.inputDetails, 'cached_tokens') ??
    countOf(usage, 'prompt_cache_hit_tokens') ??
    0
  const cacheWrite =
    detail(words.inputDetails, 'cache_write_tokens') ||
    detail(words.inputDetails, 'cache_creation_tokens')
  const audioInput = detail(words.inputDetails, 'audio_tokens')
  const named = detail(words.outputDetails, 'reasoning_tokens')
  const audioOutput = detail(words.outputDetails, 'audio_tokens')
  // What the total has beyond input and output.
  const more =
    output === undefined ? 0 : (countOf(usage, 'total_tokens') ?? 0) - (input ?? 0) - reported
  const isCacheBeside = more > 0 && more !== named && more === cacheRead + cacheWrite
  const all = (input ?? 0) + (isCacheBeside ? more : 0)
  // Servers of Gemini count what it thought in the total only.
  const reasoning = named > 0 || isCacheBeside ? named : Math.max(0, more)
  // OpenAI counts reasoning inside of the output, xAI beside it: then the total says so, or there is more of it than of output.
  const isBeside = reasoning > 0 && (reasoning > reported || more === reasoning)
  const completion = isBeside ? reported + reasoning : reported
  const plain = all - cacheRead - cacheWrite - audioInput
  const text = completion - reasoning - audioOutput
  return {
    tokens: {
      ...NO_TOKENS,
      input: Math.max(0, plain),
      cacheRead,
      cacheWrite5m: cacheWrite,
      audioInput,
      output: Math.max(0, text),
      reasoning,
      audioOutput,
    },
    inconsistent: plain < 0 || text < 0 || (all === 0 && completion > 0),
  }
}
