import { member } from '../usage/usage.ts'

/**
 * How a request is served, as far as that decides its price: the names of its tiers. Undefined where nothing is said. The default is `default`, whatever the provider
 * calls it.
 */
export interface TierNames {
  /** `service_tier`: `flex`, `priority`, `batch` and others. */
  readonly service?: string | undefined
  /** `speed`: `speed:fast`. */
  readonly speed?: string | undefined
  /** `inference_geo`: `inference_geo:us`. */
  readonly geo?: string | undefined
}

export const DEFAULT_TIER = 'default'

/** What providers call the default. */
const DEFAULTS: ReadonlySet<string> = new Set([
  DEFAULT_TIER,
  'standard',
  'standard_only',
  'on_demand',
  'global',
  'not_available',
])
/** A name that no price file has. */
export const UNKNOWN_TIER = '?'
const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/

/** How tiers are named in price files and in tags. */
export const TIER_KEY = '^(?:speed:|inference_geo:)?[a-z0-9][a-z0-9._-]{0,31}$'

function nameOf(value: unknown, prefix = ''): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') return prefix + UNKNOWN_TIER
  const text = value.trim().toLowerCase()
  if (DEFAULTS.has(text)) return DEFAULT_TIER
  return prefix + (NAME.test(text) ? text : UNKNOWN_TIER)
}

function serviceOf(value: unknown): string | undefined {
  const name = nameOf(value)
  // OpenAI takes `fast` and answers `priority`. With `auto` the settings of the account decide.
  if (name === 'fast') return 'priority'
  return name === 'auto' ? undefined : name
}

/** The speed of audio is a number. */
const speedOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? nameOf(value, 'speed:') : undefined

/** The tiers that a request asks for. Undefined when it leaves all to the provider. */
export function askedTiers(body: Readonly<Record<string, unknown>>): TierNames | undefined {
  return tiersIn(body['service_tier'], body['speed'], body['inference_geo'])
}

/**
 * The tiers that an answer, or an event of a stream, says it was served in. Undefined when it says nothing. OpenAI says it beside the usage, Anthropic and Google in it, and in a
 * stream the first two say it within `response` or `message`.
 */
export function usedTiers(data: unknown): TierNames | undefined {
  const answer = member(data, 'response') ?? member(data, 'message') ?? data
  const usage = member(answer, 'usage')
  const service =
    member(answer, 'service_tier') ??
    member(usage, 'service_tier') ??
    member(member(data, 'usageMetadata'), 'serviceTier')
  return tiersIn(service, member(usage, 'speed'), member(usage, 'inference_geo'))
}

function tiersIn(service: unknown, speed: unknown, geo: unknown): TierNames | undefined {
  if ((service ?? speed ?? geo ?? undefined) === undefined) return undefined
  const names = {
    service: serviceOf(service),
    speed: speedOf(speed),
    geo: nameOf(geo, 'inference_geo:'),
  }
  return (names.service ?? names.speed ?? names.geo) ? names : undefined
}

/** What was said later counts, as far as it says something. */
export function mergeTiers(former: TierNames | undefined, next: TierNames | undefined) {
  if (former === undefined || next === undefined) return next ?? former
  return {
    service: next.service ?? former.service,
    speed: next.speed ?? former.speed,
    geo: next.geo ?? former.geo,
  }
}

const TAGS = ['service', 'speed', 'geo'] as const

/** Tags that say which tiers a call asks for. A client cannot write them: its tags have no `=`. */
export function tierTags(asked: TierNames | undefined): readonly string[] {
  if (asked === undefined) return []
  return TAGS.flatMap((of) => {
    const name = asked[of]
    return name === undefined || name === DEFAULT_TIER ? [] : [`tier=${name}`]
  })
}

/** The tiers of such tags. */
export function tiersOfTags(tags: readonly string[]): TierNames | undefined {
  const names = tags.filter((tag) => tag.startsWith('tier=')).map((tag) => tag.slice(5))
  if (names.length === 0) return undefined
  return {
    service: names.find((name) => !name.includes(':')),
    speed: names.find((name) => name.startsWith('speed:')),
    geo: names.find((name) => name.startsWith('inference_geo:')),
  }
}
