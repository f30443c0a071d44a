import type { ModelProtocol } from '@alkdev/contracts'
import { isAskedByPackage, isOpenAi } from '../providers/provider.ts'
import type { Provider } from '../providers/provider.ts'
import { serves } from '../routing/candidate.ts'

/** The protocols between which conversations are translated. */
export type SpokenProtocol = Extract<ModelProtocol, 'chat' | 'responses' | 'messages'>
/** How a provider is asked: in one of these protocols, or in a format that only a package of the AI SDK writes and reads. */
export type AskedProtocol = SpokenProtocol | 'package'

const SPOKEN: readonly SpokenProtocol[] = ['messages', 'responses', 'chat']
/** Of a provider that does not say what it serves: each server that is compatible with OpenAI's serves chat completions, and few others serve responses. */
const LIKELY: readonly SpokenProtocol[] = ['messages', 'chat', 'responses']

/** The protocols that a provider serves itself, the one that loses least first. */
export function spokenBy(provider: Provider): readonly SpokenProtocol[] {
  const isKnown = provider.config.endpoints !== undefined || isOpenAi(provider)
  const order = isKnown ? SPOKEN : LIKELY
  return order.filter((one) => serves(provider, one))
}

/**
 * How a provider is asked when it does not serve the protocol of the client: in the one that loses least. Undefined when it serves none
 * into which the request can be translated.
 */
export function translatedInto(
  provider: Provider,
  protocol: ModelProtocol,
): AskedProtocol | undefined {
  if (!SPOKEN.some((one) => one === protocol)) return undefined
  if (isAskedByPackage(provider)) return 'package'
  return spokenBy(provider).find((one) => one !== protocol)
}
