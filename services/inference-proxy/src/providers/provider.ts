import type { LlmProviderConfig } from '@alkdev/contracts'
import type { Secret } from '@alkdev/crypto'
import type { Identity } from '@alkdev/operations'
import { DeltaScrubber } from '../redact/delta-scrubber.ts'
import { SecretScrubber } from '../redact/secret-scrubber.ts'
import { TraceMatcher } from '../redact/trace-matcher.ts'

interface StoredProvider {
  readonly id: string
  readonly name: string
  readonly ownerId: string
  readonly orgId: string | null
}

/** One of the API keys of a provider. */
export interface ProviderKey {
  /** `secret` for the one that was given as `secret`; empty for a provider that needs no key. */
  readonly name: string
  readonly secret: Secret | undefined
  /** Its share of the requests. */
  readonly weight: number
}

/** A model provider as stored, with its keys opened. */
export interface Provider extends StoredProvider {
  readonly config: LlmProviderConfig
  readonly keys: readonly ProviderKey[]
  /** The key that a request to it carries. */
  readonly key: Secret | undefined
}

/** A provider that is stored and cannot be used until an operator repairs it. */
export interface BrokenProvider extends StoredProvider {
  /** For the caller: what is wrong and what to do. */
  readonly broken: string
}

export type KnownProvider = Provider | BrokenProvider

export function isBroken(provider: KnownProvider): provider is BrokenProvider {
  return 'broken' in provider
}

/** The provider with another of its keys. */
export function withKey(provider: Provider, key: ProviderKey): Provider {
  return key.secret === provider.key ? provider : { ...provider, key: key.secret }
}

/** True when the account may use it: its own, or one of its organizations'. */
export function mayUse(provider: StoredProvider, identity: Identity): boolean {
  if (provider.orgId === null)
    return provider.ownerId === identity.id && identity.sharedOnly !== true
  return identity.orgIds?.includes(provider.orgId) === true
}

/** Whether its format is none of a client's: each request goes through a package of the AI SDK. */
export function isAskedByPackage({ config: { protocol } }: Provider): boolean {
  return protocol === 'google' || protocol === 'package'
}

/** Version of Anthropic's API that a request names if its client names none. */
const ANTHROPIC_VERSION = '2023-06-01'

/** The headers that a request to it carries: `passed` from the client, those of its config, and its key. */
export function headersOf(
  provider: Provider,
  passed: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { config, key } = provider
  const headers: Record<string, string> = { ...passed }
  if (config.protocol === 'anthropic') headers['anthropic-version'] ??= ANTHROPIC_VERSION
  if (config.headers !== undefined) Object.assign(headers, lowerCased(config.headers))
  headers['accept-encoding'] = 'identity'
  if (key === undefined) return headers
  if (config.protocol === 'anthropic') headers['x-api-key'] = key.reveal()
  else if (config.protocol === 'google') headers['x-goog-api-key'] = key.reveal()
  else headers['authorization'] = `Bearer ${key.reveal()}`
  return headers
}

/** Stands for the key where a package of the AI SDK writes it. */
export const KEY_PLACE = 'set-by-the-hub'

/**
 * The headers of a request that a package of the AI SDK wrote, with the key where the package puts it. `written`: those of the package,
 * `passed`: those from the client.
 */
export function packageHeadersOf(
  { config, key }: Provider,
  written: Headers,
  passed: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const own = [...written]
  const keyed = own.filter(([, value]) => value.includes(KEY_PLACE))
  const secret = key?.reveal()
  return {
    ...Object.fromEntries(own.filter((one) => !keyed.includes(one))),
    ...passed,
    ...lowerCased(config.headers),
    'accept-encoding': 'identity',
    ...(secret !== undefined &&
      Object.fromEntries(
        keyed.map(([name, value]) => [name, value.replaceAll(KEY_PLACE, () => secret)]),
      )),
  }
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}

/** Whether it is OpenAI itself. */
export function isOpenAi({ config }: Provider): boolean {
  return /^https:\/\/api\.openai\.com(?:[:/]|$)/.test(config.baseUrl)
}

/** The member with which the output of a chat completion is limited. */
export function outputLimitFieldOf(provider: Provider): string {
  const usual = isOpenAi(provider) ? 'max_completion_tokens' : 'max_tokens'
  return provider.config.outputLimitField ?? usual
}

/** `path` below the provider's base URL, which may or may not end in a slash. */
export function urlOf(provider: Provider, path: string): string {
  return `${provider.config.baseUrl.replace(/\/+$/, '')}/${path}`
}

/** Where a request goes, as undici takes it. */
export interface ProviderAddress {
  readonly origin: string
  /** With the query of the base URL, if it has one. */
  readonly path: string
}

/** Addresses below a provider's base URL. The config of a provider is the same object until it changes. */
const addresses = new WeakMap<LlmProviderConfig, Map<string, ProviderAddress>>()

/** The same address in parts, which are read from the URL once. `path`: one of the few that model requests go to. */
export function addressOf(provider: Provider, path: string): ProviderAddress {
  let known = addresses.get(provider.config)
  if (known === undefined) addresses.set(provider.config, (known = new Map()))
  let address = known.get(path)
  if (address === undefined) {
    const { origin, pathname, search } = new URL(urlOf(provider, path))
    known.set(path, (address = { origin, path: `${pathname}${search}` }))
  }
  return address
}

/** A key has hundreds of pieces, which are made once. */
const matchers = new WeakMap<Secret, TraceMatcher>()
const WITHOUT_KEY = new TraceMatcher(undefined)

function matcherOf({ key }: Provider): TraceMatcher {
  if (key === undefined) return WITHOUT_KEY
  const known = matchers.get(key)
  if (known !== undefined) return known
  const matcher = new TraceMatcher(key.reveal())
  matchers.set(key, matcher)
  return matcher
}

/** Takes the provider's key out of what it answers. One for each answer. */
export function scrubberOf(provider: Provider): SecretScrubber {
  return new SecretScrubber(matcherOf(provider))
}

/** Takes the provider's key out of the deltas of a stream. One for each stream. */
export function deltaScrubberOf(provider: Provider): DeltaScrubber {
  return new DeltaScrubber(matcherOf(provider))
}
