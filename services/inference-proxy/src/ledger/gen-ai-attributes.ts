import { GEN_AI_ATTRIBUTES, TRACE_ATTRIBUTES } from '@alkdev/contracts'
import type { SettledCall } from '@alkdev/storage/inference'
import { inputOf, outputOf } from '../prices/cost.ts'

/** Names of operations by the endpoint; others are named by their path. */
const OPERATIONS: Readonly<Record<string, string>> = {
  'chat/completions': 'chat',
  responses: 'chat',
  messages: 'chat',
  completions: 'text_completion',
  embeddings: 'embeddings',
}

/**
 * A call of a model in the attributes for generative AI of the semantic conventions of OpenTelemetry (the
 * version is pinned in `libs/contracts/src/semantic-conventions.ts`). Counts of tokens are left out when
 * nothing was used; the input includes what was read from a cache and written to one, the output includes reasoning.
 */
export function genAiAttributes(settled: SettledCall): Record<string, string | number | boolean> {
  const { endpoint, provider, model, requestedModel, sessionId, firstTokenMs, code } = settled
  const { cacheRead, cacheWrite5m, cacheWrite1h, reasoning, usageSource, streamed } = settled
  return {
    [GEN_AI_ATTRIBUTES.OPERATION]: OPERATIONS[endpoint] ?? endpoint,
    [GEN_AI_ATTRIBUTES.REQUEST_MODEL]: requestedModel,
    [GEN_AI_ATTRIBUTES.REQUEST_STREAM]: streamed,
    ...(provider !== null && { [GEN_AI_ATTRIBUTES.PROVIDER]: provider }),
    ...(model !== null && { [GEN_AI_ATTRIBUTES.RESPONSE_MODEL]: model }),
    ...(sessionId !== undefined && { [GEN_AI_ATTRIBUTES.CONVERSATION]: sessionId }),
    ...(usageSource !== 'none' && {
      [GEN_AI_ATTRIBUTES.INPUT_TOKENS]: inputOf(settled),
      [GEN_AI_ATTRIBUTES.OUTPUT_TOKENS]: outputOf(settled),
      [GEN_AI_ATTRIBUTES.CACHE_READ_TOKENS]: cacheRead,
      [GEN_AI_ATTRIBUTES.CACHE_WRITE_TOKENS]: cacheWrite5m + cacheWrite1h,
      [GEN_AI_ATTRIBUTES.REASONING_TOKENS]: reasoning,
    }),
    ...(streamed &&
      firstTokenMs !== null && { [GEN_AI_ATTRIBUTES.FIRST_CHUNK_SECONDS]: firstTokenMs / 1000 }),
    ...(code !== null && { [TRACE_ATTRIBUTES.ERROR_TYPE]: code }),
  }
}
