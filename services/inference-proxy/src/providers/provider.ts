import type { LlmProviderConfig } from '@alkdev/contracts'
import type { Secret } from '@alkdev/crypto'
import type { Identity } from '@alkdev/operations'

/** A model provider as stored, with its key opened. */
export interface Provider {
  readonly name: string
  readonly ownerId: string
  readonly orgId: string | null
  readonly config: LlmProviderConfig
  readonly key: Secret | undefined
}

/** True when the account may use it: its own, or one of its organizations'. */
export function mayUse(provider: Provider, identity: Identity): boolean {
  if (provider.orgId === null) return provider.ownerId === identity.id
  return identity.orgIds?.includes(provider.orgId) === true
}

/** The headers that a request to it carries: its own, and the key as a bearer. */
export function headersOf(provider: Provider): Record<string, string> {
  return {
    ...provider.config.headers,
    ...(provider.key && { authorization: `Bearer ${provider.key.reveal()}` }),
  }
}

/** `path` below the provider's base URL, which may or may not end in a slash. */
export function urlOf(provider: Provider, path: string): string {
  return `${provider.config.baseUrl.replace(/\/+$/, '')}/${path}`
}
