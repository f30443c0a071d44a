import type { GEN_AI_ATTRIBUTES, TRACE_ATTRIBUTES } from '@alkdev/contracts'
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

type Names = typeof GEN_AI_ATTRIBUTES & Pick<typeof TRACE_ATTRIBUTES, 'ERROR_TYPE'>

/** By the names of the conventions, which are written out here: an object whose names are computed takes many times as long to make. */
type GenAiAttributes = Partial<Record<Names[keyof Names], string | number | boolean>>

/**
 * A call of a model in the attributes for generative AI of the semantic conventions of OpenTelemetry (the
 * version is pinned in `libs/contracts/src/semantic-conventions.ts`). Counts of tokens are left out when
 * nothing was used; the input includes what was read from a cache and written to one, the output includes reasoning.
 */
export function genAiAttributes(settled: SettledCall): GenAiAttributes {
  const { endpoint, provider, model, requestedModel, sessionId, firstTokenMs, code } = settled
  const { usageSource, streamed } = settled
  const attributes: GenAiAttributes = {
    'gen_ai.operation.name': OPERATIONS[endpoint] ?? endpoint,
    'gen_ai.request.model': requestedModel,
    'gen_ai.request.stream': streamed,
  }
  if (provider !== null) attributes['gen_ai.provider.name'] = provider
  if (model !== null) attributes['gen_ai.response.model'] = model
  if (sessionId !== undefined) attributes['gen_ai.conversation.id'] = sessionId
  if (usageSource !== 'none') {
    attributes['gen_ai.usage.input_tokens'] = inputOf(settled)
    attributes['gen_ai.usage.output_tokens'] = outputOf(settled)
    attributes['gen_ai.usage.cache_read.input_tokens'] = settled.cacheRead
    attributes['gen_ai.usage.cache_creation.input_tokens'] =
      settled.cacheWrite5m + settled.cacheWrite1h
    attributes['gen_ai.usage.reasoning.output_tokens'] = settled.reasoning
  }
  if (streamed && firstTokenMs !== null)
    attributes['gen_ai.response.time_to_first_chunk'] = firstTokenMs / 1000
  if (code !== null) attributes['error.type'] = code
  return attributes
}
