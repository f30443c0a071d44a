import type { LlmProviderConfig } from '@alkdev/contracts'
import type { Secret } from '@alkdev/crypto'
import type { Identity } from '@alkdev/operations'
import { DeltaScrubber } from '../redact/delta-scrubber.ts'
import { SecretScrubber } from '../redact/secret-scrubber.ts'

interface StoredProvider {
  readonly name: string
  readonly ownerId: string
  readonly orgId: string | null
}

/** A model provider as stored, with its key opened. */
export interface Provider extends StoredProvider {
  readonly config: LlmProviderConfig
  readonly key: Secret | undefined
}

/** A provider that is stored and can't be used until an operator repairs it. */
export interface BrokenProvider extends StoredProvider {
  /** For the caller: what is wrong and what to do. */
  readonly broken: string
}

export type KnownProvider = Provider | BrokenProvider

export function isBroken(provider: KnownProvider): provider is BrokenProvider {
  return 'broken' in provider
}

/** True when the account may use it: its own, or one of its organizations'. */
export function mayUse(provider: StoredProvider, identity: Identity): boolean {
  if (provider.orgId === null) return provider.ownerId === identity.id
  return identity.orgIds?.includes(provider.orgId) === true
}

/** The headers that a request to it carries: its own, and the key as a bearer. */
export function headersOf(provider: Provider): Record<string, string> {
  return {
    ...provider.config.headers,
    'accept-encoding': 'identity',
    ...(provider.key && { authorization: `Bearer ${provider.key.reveal()}` }),
  }
}

/** `path` below the provider's base URL, which may or may not end in a slash. */
export function urlOf(provider: Provider, path: string): string {
  return `${provider.config.baseUrl.replace(/\/+$/, '')}/${path}`
}

/** Takes the provider's key out of what it answers. One for each answer. */
export function scrubberOf(provider: Provider): SecretScrubber {
  return new SecretScrubber(provider.key?.reveal())
}

/** Takes the provider's key out of the deltas of a stream. One for each stream. */
export function deltaScrubberOf(provider: Provider): DeltaScrubber {
  return new DeltaScrubber(provider.key?.reveal())
}
