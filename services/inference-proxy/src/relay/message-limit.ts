import type { PriceTable } from '../prices/price-table.ts'
import type { Provider } from '../providers/provider.ts'
import type { Endpoint } from './endpoint.ts'
import type { ModelBody } from './model-body.ts'

const MEMBER = 'max_tokens'

/**
 * The output limit that a request carries to a provider: `given` where the hub counts the call. Anthropic's messages need one, so a request for a message that
 * names none gets the most that its model is known to write, but no more than `given`; `usual` when neither is known.
 */
export async function messageLimit(
  { protocol, isFree }: Endpoint,
  { object }: Pick<ModelBody, 'object'>,
  { provider, model }: { readonly provider: Provider; readonly model: string },
  {
    prices,
    given,
    usual,
  }: {
    readonly prices: PriceTable
    readonly given: number | undefined
    readonly usual: number
  },
): Promise<number | undefined> {
  if (protocol !== 'messages' || isFree === true) return given
  if (object.members.some(({ name }) => name === MEMBER)) return given
  const { name, config } = provider
  const priced = prices.of({ name, baseUrl: config.baseUrl }, model, new Date())
  // Loaded when a request needs it: it brings a megabyte of code.
  const { getModelCapabilities } = await import('@ai-sdk/anthropic/internal')
  const { isKnownModel, maxOutputTokens } = getModelCapabilities(model)
  const most = priced.maxOutputTokens ?? (isKnownModel ? maxOutputTokens : (given ?? usual))
  return Math.min(most, given ?? Infinity, priced.contextWindow ?? Infinity)
}
