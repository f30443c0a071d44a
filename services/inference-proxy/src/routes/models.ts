import type { InferenceModel } from '@alkdev/contracts'
import type { HttpApp } from '@alkdev/http'
import { compact } from '@alkdev/std'
import type { FastifyRequest } from 'fastify'
import type { ProxyContext } from '../context.ts'
import { noSuchModel } from '../providers/target.ts'

/** `GET /v1/models` and `GET /v1/models/{model}`, in OpenAI's shape, or in Anthropic's for a client that sends `anthropic-version`. */
export function addModels(app: HttpApp, context: ProxyContext): void {
  const { aliases } = context.runtime.config.inference
  const isAnthropic = ({ headers }: FastifyRequest): boolean =>
    headers['anthropic-version'] !== undefined
  app.get('/models', async (request) => {
    const found = await context.models.of(request.identity, await context.providers.all(), aliases)
    if (!isAnthropic(request)) return { object: 'list', data: found.map(openaiModel) }
    const data = found.map(anthropicModel)
    return {
      data,
      has_more: false,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    }
  })
  app.get<{ Params: { '*': string } }>('/models/*', async (request) => {
    const id = request.params['*']
    const providers = await context.providers.all()
    const models = await context.models.of(request.identity, providers, aliases)
    const found = models.find((model) => model.id === id)
    if (!found) throw noSuchModel(id, request.identity, providers, Object.keys(aliases))
    return isAnthropic(request) ? anthropicModel(found) : openaiModel(found)
  })
}

/** OpenAI's shape with what OpenRouter adds: the window, modalities, and prices in US dollars for a token. */
function openaiModel(model: InferenceModel): { readonly id: string } {
  const { id, created = 0, provider, name, dialect, contextWindow, maxOutputTokens } = model
  return {
    id,
    ...{ object: 'model', created, owned_by: provider },
    ...compact({
      name,
      dialect,
      context_length: contextWindow,
      context_window: contextWindow,
      max_output_tokens: maxOutputTokens,
      input_modalities: model.inputModalities,
      output_modalities: model.outputModalities,
      pricing: model.prices && pricing(model.prices),
    }),
  }
}

function pricing(prices: NonNullable<InferenceModel['prices']>): object {
  const forToken = (usdPerMillion: number | undefined): string | undefined =>
    usdPerMillion === undefined
      ? undefined
      : (usdPerMillion / 1e6).toFixed(12).replace(/\.?0+$/, '') || '0'
  return compact({
    prompt: forToken(prices.input),
    completion: forToken(prices.output),
    input_cache_read: forToken(prices.cacheRead),
    input_cache_write: forToken(prices.cacheWrite5m),
    internal_reasoning: forToken(prices.reasoning),
  })
}

function anthropicModel(model: InferenceModel): { readonly id: string } {
  const { id, created = 0, name = id, contextWindow, maxOutputTokens } = model
  return {
    id,
    ...{ type: 'model', display_name: name, created_at: new Date(created * 1000).toISOString() },
    ...compact({ max_input_tokens: contextWindow, max_tokens: maxOutputTokens }),
  }
}
