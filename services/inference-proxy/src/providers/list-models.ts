import type { InferenceModel } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { parseJson } from '@alkdev/std'
import { request } from 'undici'
import type { Agent } from 'undici'
import { headersOf, mayUse, urlOf } from './provider.ts'
import type { Provider } from './provider.ts'

const askMs = 5000
const keptMs = 60_000
const mostModels = 1000
const mostBytes = 4 * 1024 * 1024

interface Known {
  readonly at: number
  readonly models: readonly string[]
}

/** The models of the providers that an account may use. A provider that lists none in its config is asked, and believed for a minute. */
export class ModelList {
  readonly #agent: Agent
  readonly #known = new WeakMap<Provider, Known>()

  constructor(agent: Agent) {
    this.#agent = agent
  }

  /** As `provider/model`, sorted. A provider that does not answer within 5 s is left out. */
  async of(
    identity: Identity,
    providers: ReadonlyMap<string, Provider>,
    aliases: readonly string[],
  ): Promise<InferenceModel[]> {
    const usable = [...providers.values()].filter((provider) => mayUse(provider, identity))
    const lists = await Promise.all(
      usable.map(async (provider) => {
        const models = await this.#modelsOf(provider).catch(() => [])
        const { name } = provider
        return models.map((model) => ({ id: `${name}/${model}`, provider: name, model }))
      }),
    )
    const named =
      usable.length === 0
        ? []
        : aliases.map((alias) => ({ id: alias, provider: 'alias', model: alias }))
    return [...named, ...lists.flat()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  async #modelsOf(provider: Provider): Promise<readonly string[]> {
    if (provider.config.models) return provider.config.models
    const known = this.#known.get(provider)
    if (known && performance.now() - known.at < keptMs) return known.models
    const { statusCode, body } = await request(urlOf(provider, 'models'), {
      dispatcher: this.#agent,
      headers: headersOf(provider),
      signal: AbortSignal.timeout(askMs),
    })
    let text = ''
    for await (const chunk of body) {
      text += String(chunk)
      if (text.length > mostBytes) throw new Error('the list of models is too long')
    }
    if (statusCode !== 200) throw new Error(`the provider answered ${statusCode}`)
    const { data } = parseJson(text) as { data?: { id?: unknown }[] }
    const models = (data ?? [])
      .flatMap((model) => (typeof model.id === 'string' ? [model.id] : []))
      .slice(0, mostModels)
    this.#known.set(provider, { at: performance.now(), models })
    return models
  }
}
