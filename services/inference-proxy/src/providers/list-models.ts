import type { InferenceModel, ModelPrices } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { compact, parseJson } from '@alkdev/std'
import { request } from 'undici'
import type { Dispatcher } from 'undici'
import type { CatalogPrices } from '../prices/catalog.ts'
import type { PriceTable } from '../prices/price-table.ts'
import { decodedBody, wholeBody } from '../relay/decoded-body.ts'
import { refusedAnswer } from '../relay/refused-answer.ts'
import { spokenBy } from '../translate/translated-into.ts'
import { readModelList } from './listed-model.ts'
import type { ListedModel } from './listed-model.ts'
import { headersOf, isBroken, mayUse, scrubberOf, urlOf } from './provider.ts'
import type { KnownProvider, Provider } from './provider.ts'
import { findTargets } from './target.ts'
import type { AliasEntry } from './target.ts'

const ASK_MS = 5000
const KEPT_MS = 60_000
const MAX_MODELS = 1000
const MAX_BYTES = 4 * 1024 * 1024
/** The query with which a provider lists all its models, by its protocol. */
const PAGE_OF_ALL: Readonly<Record<string, string>> = {
  anthropic: '?limit=1000',
  google: '?pageSize=1000',
}

interface Known {
  readonly at: number
  readonly models: Promise<readonly ListedModel[]>
}

/** The models of the providers that an account may use. A provider that lists none in its config is asked, and believed for a minute. */
export class ModelList {
  readonly #agent: Dispatcher
  readonly #prices: PriceTable
  readonly #known = new WeakMap<Provider, Known>()

  constructor(agent: Dispatcher, prices: PriceTable) {
    this.#agent = agent
    this.#prices = prices
  }

  /** As `provider/model`, sorted. A provider that is broken or does not answer within 5 s is left out. */
  async of(
    identity: Identity,
    providers: ReadonlyMap<string, KnownProvider>,
    aliases: Readonly<Record<string, readonly AliasEntry[]>>,
  ): Promise<InferenceModel[]> {
    const usable = [...providers.values()].filter((provider) => mayUse(provider, identity))
    const lists = await Promise.all(
      usable.map(async (provider) => {
        if (isBroken(provider)) return []
        const models = await this.#modelsOf(provider).catch(() => [])
        return models.map((model) => this.#described(provider, model))
      }),
    )
    const found = lists.flat()
    const byId = new Map(found.map((model) => [model.id, model]))
    const named = Object.keys(aliases).flatMap((alias): InferenceModel[] => {
      const targets = findTargets(alias, identity, providers, aliases)
      if (targets.length === 0) return []
      const [first] = targets.flatMap(({ provider, model }) => {
        if (isBroken(provider)) return []
        return byId.get(`${provider.name}/${model}`) ?? this.#described(provider, { id: model })
      })
      // The first target says what the alias can do; another one may differ.
      return [{ ...first, id: alias, provider: 'alias', model: alias }]
    })
    return [...named, ...found].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Asks a provider for its models, with its present key. Throws UpstreamError, or an error of the connection. */
  async ask(provider: Provider): Promise<readonly ListedModel[]> {
    const path = `models${PAGE_OF_ALL[provider.config.protocol ?? 'openai'] ?? ''}`
    const answer = await request(urlOf(provider, path), {
      dispatcher: this.#agent,
      headers: headersOf(provider),
      signal: AbortSignal.timeout(ASK_MS),
    })
    try {
      if (answer.statusCode !== 200)
        throw await refusedAnswer(provider, answer, scrubberOf(provider))
      const body = decodedBody(answer)
      const bytes = await (body && wholeBody(body, MAX_BYTES))
      if (bytes === undefined) throw new Error('the list of models is too long or not readable')
      return readModelList(parseJson(scrubberOf(provider).text(bytes.toString())), MAX_MODELS)
    } finally {
      // A body that was not read to its end emits an error when it is destroyed, which would end the process.
      answer.body.on('error', () => undefined).destroy()
    }
  }

  #described(provider: Provider, listed: ListedModel): InferenceModel {
    const { name } = provider
    const { id, inputModalities, outputModalities, ...more } = listed
    const priced = { name, baseUrl: provider.config.baseUrl }
    const { prices, contextWindow, maxOutputTokens } = this.#prices.of(priced, id, new Date())
    return {
      ...more,
      id: `${name}/${id}`,
      provider: name,
      model: id,
      ...compact({
        dialect: dialectOf(provider),
        contextWindow: contextWindow ?? listed.contextWindow,
        maxOutputTokens: maxOutputTokens ?? listed.maxOutputTokens,
        inputModalities: inputModalities && [...inputModalities],
        outputModalities: outputModalities && [...outputModalities],
        prices: prices && usdPerMillion(prices),
      }),
    }
  }

  /** A provider is asked once at a time, however many ask for its models. */
  async #modelsOf(provider: Provider): Promise<readonly ListedModel[]> {
    if (provider.config.models) return provider.config.models.map((id) => ({ id }))
    const known = this.#known.get(provider)
    if (known && performance.now() - known.at < KEPT_MS) return known.models
    const models = this.ask(provider)
    const asked = { at: performance.now(), models }
    this.#known.set(provider, asked)
    models.catch(() => {
      if (this.#known.get(provider) === asked) this.#known.delete(provider)
    })
    return models
  }
}

/** The protocol in which the models of the provider lose nothing. */
function dialectOf(provider: Provider): InferenceModel['dialect'] {
  return spokenBy(provider)[0]
}

/** Prices are whole numbers of 10⁻¹² US dollars for a token. */
function usdPerMillion(prices: CatalogPrices): ModelPrices {
  const { request: _, ...classes } = prices
  return Object.fromEntries(
    Object.entries(classes).map(([name, price]) => [
      name,
      (typeof price === 'number' ? price : price[0]) / 1e6,
    ]),
  )
}
