import type { ModelProtocol } from '@alkdev/contracts'
import { askedTiers, DEFAULT_TIER } from '../prices/tier-names.ts'
import type { TierNames } from '../prices/tier-names.ts'
import type { AskedProtocol } from './translated-into.ts'

/** The tier of a request that is translated. */
export interface PassedTier {
  /** What the request to the provider gets. */
  readonly members: Readonly<Record<string, string>>
  /** The tiers that it asks for by that; undefined for none. */
  readonly tiers: TierNames | undefined
  /** Members of the client's request that have no counterpart, and are left out. */
  readonly lost: readonly string[]
}

/** The tiers of Google, by the names of OpenAI. Source: `GoogleLanguageModelOptions` of `@ai-sdk/google` 4.0.121. */
const GOOGLE: Readonly<Record<string, string>> = {
  [DEFAULT_TIER]: 'standard',
  flex: 'flex',
  priority: 'priority',
}

/**
 * The tier that a provider is asked for in another protocol than that of the client. Chat completions and responses have the same names. Of Anthropic's, only
 * `standard_only` is one of OpenAI's (`default`). `google`: the package is that of Google. `body`: the request of the client.
 */
export function passedTier(
  from: ModelProtocol,
  into: AskedProtocol | 'google',
  body: Readonly<Record<string, unknown>>,
): PassedTier {
  const asked = askedTiers(body)
  if (asked === undefined) return { members: {}, tiers: undefined, lost: [] }
  const members = membersFor(from, into, body['service_tier'], asked)
  const lost = [
    ...(asked.service !== undefined && Object.keys(members).length === 0 ? ['service_tier'] : []),
    ...(asked.speed !== undefined && asked.speed !== DEFAULT_TIER ? ['speed'] : []),
  ]
  const tiers = Object.keys(members).length === 0 ? undefined : { service: asked.service }
  return { members, tiers, lost }
}

function membersFor(
  from: ModelProtocol,
  into: AskedProtocol | 'google',
  written: unknown,
  { service }: TierNames,
): Readonly<Record<string, string>> {
  if (service === undefined) return {}
  const isDefault = service === DEFAULT_TIER
  if (into === 'google') {
    const serviceTier = GOOGLE[service]
    return serviceTier === undefined ? {} : { serviceTier }
  }
  if (into === 'messages') return isDefault ? { service_tier: 'standard_only' } : {}
  if (into === 'package') return {}
  if (from === 'messages') return isDefault ? { service_tier: 'default' } : {}
  return typeof written === 'string' ? { service_tier: written } : {}
}
