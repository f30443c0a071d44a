import type { ModelDialect } from '@alkdev/contracts'
import { httpFetch } from '@alkdev/std/fetch'
import type { LanguageModel } from 'ai'
import { joinEvents } from './join-events.ts'

/** Where a model is asked. */
export interface AskedModel {
  /** Base URL of the inference proxy, with `/v1`. */
  readonly baseUrl: string
  /** As the proxy takes it: `provider/model`, or an alias. */
  readonly model: string
  readonly dialect: ModelDialect
}

type Model = Exclude<LanguageModel, string>
/** Models by dialect, proxy and name: each makes schemas, which takes longer than a call of it. */
const models = new Map<string, Model>()
const MAX_MODELS = 100
/** Of Anthropic's API, which each request names. */
const ANTHROPIC_VERSION = '2023-06-01'

/** The model as the AI SDK asks it in its dialect. The package of a dialect is loaded with the first model of it. The key goes with each call. */
export async function languageModel(asked: AskedModel): Promise<Model> {
  const key = `${asked.dialect} ${asked.baseUrl} ${asked.model}`
  const known = models.get(key)
  if (known !== undefined) return known
  const made = await makeModel(asked)
  if (models.size >= MAX_MODELS) models.clear()
  models.set(key, made)
  return made
}

/** The SDK knows by the name of a model what it can do; the provider's part of the name would hide that. The request names it in full. */
async function makeModel({ baseUrl, model, dialect }: AskedModel): Promise<Model> {
  const name = model.slice(model.indexOf('/') + 1)
  const fetch = fetchJoined
  if (dialect === 'messages') {
    const { AnthropicLanguageModel } = await import('@ai-sdk/anthropic/internal')
    return new AnthropicLanguageModel(name, {
      provider: 'anthropic.messages',
      baseURL: baseUrl,
      headers: { 'anthropic-version': ANTHROPIC_VERSION },
      fetch,
      // The proxy sets the limit of the output: it knows the budgets.
      transformRequestBody: ({ max_tokens: _limit, ...body }) => ({ ...body, model }),
    })
  }
  if (dialect === 'responses') {
    const { OpenAIResponsesLanguageModel } = await import('@ai-sdk/openai/internal')
    return new OpenAIResponsesLanguageModel(name, {
      provider: 'openai.responses',
      requestModelId: model,
      url: ({ path }) => `${baseUrl}${path}`,
      headers: {},
      fetch,
    })
  }
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
  return createOpenAICompatible({ name: 'alkhub', baseURL: baseUrl, includeUsage: true, fetch })(
    model,
  )
}

/** The answer with its texts joined. */
async function fetchJoined(...request: Parameters<typeof httpFetch>): Promise<Response> {
  const response = await httpFetch(...request)
  const { ok, body, headers, status, statusText } = response
  if (!ok || body === null || !headers.get('content-type')?.startsWith('text/event-stream'))
    return response
  return new Response(body.pipeThrough(joinEvents()), { headers, status, statusText })
}
