import type { InferenceModel } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { parseJson } from '@alkdev/std'
import { request } from 'undici'
import type { Agent } from 'undici'
import { decodedBody, wholeBody } from '../relay/decoded-body.ts'
import { headersOf, isBroken, mayUse, scrubberOf, urlOf } from './provider.ts'
import type { KnownProvider, Provider } from './provider.ts'

const ASK_MS = 5000
const KEPT_MS = 60_000
const MAX_MODELS = 1000
const MAX_BYTES = 4 * 1024 * 1024

interface Known {
  readonly at: number
  readonly models: Promise<readonly string[]>
}

/** The models of the providers that an account may use. A provider that lists none in its config is asked, and believed for a minute. */
export class ModelList {
  readonly #agent: Agent
  readonly #known = new WeakMap<Provider, Known>()

  constructor(agent: Agent) {
    this.#agent = agent
  }

  /** As `provider/model`, sorted. A provider that is broken or does not answer within 5 s is left out. */
  async of(
    identity: Identity,
    providers: ReadonlyMap<string, KnownProvider>,
    aliases: readonly string[],
  ): Promise<InferenceModel[]> {
    const usable = [...providers.values()].filter((provider) => mayUse(provider, identity))
    const lists = await Promise.all(
      usable.map(async (provider) => {
        if (isBroken(provider)) return []
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

  /** A provider is asked once at a time, however many ask for its models. */
  async #modelsOf(provider: Provider): Promise<readonly string[]> {
    if (provider.config.models) return provider.config.models
    const known = this.#known.get(provider)
    if (known && performance.now() - known.at < KEPT_MS) return known.models
    const models = this.#ask(provider)
    const asked = { at: performance.now(), models }
    this.#known.set(provider, asked)
    models.catch(() => {
      if (this.#known.get(provider) === asked) this.#known.delete(provider)
    })
    return models
  }

  async #ask(provider: Provider): Promise<readonly string[]> {
    const answer = await request(urlOf(provider, 'models'), {
      dispatcher: this.#agent,
      headers: headersOf(provider),
      signal: AbortSignal.timeout(ASK_MS),
    })
    try {
      if (answer.statusCode !== 200) throw new Error(`the provider answered ${answer.statusCode}`)
      const body = decodedBody(answer)
      const bytes = await (body && wholeBody(body, MAX_BYTES))
      if (bytes === undefined) throw new Error('the list of models is too long or not readable')
      const { data } = parseJson(scrubberOf(provider).text(bytes.toString())) as {
        data?: { id?: unknown }[]
      }
      return (data ?? [])
        .flatMap((model) => (typeof model.id === 'string' ? [model.id] : []))
        .slice(0, MAX_MODELS)
    } finally {
      answer.body.destroy()
    }
  }
}
