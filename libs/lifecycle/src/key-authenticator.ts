import type { IncomingHttpHeaders } from 'node:http'
import { sha256Hex } from '@alkdev/crypto'
import { CodedError } from '@alkdev/errors'
import { keyFromHeaders } from '@alkdev/http'
import type { Authenticator, RequestKeyOptions } from '@alkdev/http'
import type { Identity } from '@alkdev/operations'
import type { ChangeReader, IdentityChange } from './change-reader.ts'

/** Every key begins so; what does not is refused without a look into Postgres. */
export const KEY_PREFIX = 'alk_'

/** A key that was found good. */
export interface KnownKey {
  /** With `keyId` and `orgIds`. */
  readonly identity: Identity
  /** Milliseconds since the epoch; undefined for a key that does not expire. */
  readonly expiresAtMs?: number
}

export interface KeyAuthenticatorOptions {
  /** Looks a key up in Postgres: undefined when it is unknown, revoked, disabled or expired, or its account is not active. Throws when it can't look. */
  lookup(key: string): Promise<KnownKey | undefined>
  /** The same for a key that was good before, by its id. */
  lookupId(keyId: string): Promise<KnownKey | undefined>
  readonly changes: Pick<ChangeReader, 'fresh' | 'generation'>
  /** Told of each use, for usage counts. */
  onUse?(keyId: string): void
  /** Keys remembered; the oldest go first. Default 50 000. */
  readonly maxEntries?: number
  /** Milliseconds that a key is remembered without being looked up again. Default 60 000. */
  readonly ttlMs?: number
}

/** Checks keys: at once while they are remembered and the change list is fresh, else in Postgres. */
export interface KeyAuthenticator extends Authenticator {
  authenticate(
    headers: IncomingHttpHeaders,
    options?: RequestKeyOptions,
  ): Identity | Promise<Identity>
  /** The same for a key that was shown some other way. */
  authenticateKey(key: string): Identity | Promise<Identity>
  /** The identity as it is now, or undefined when its key is no longer good. For what outlives a request: sockets, streams, sessions. */
  recheck(identity: Identity): Promise<Identity | undefined>
  /** Applies an entry of the change list: what it touches is forgotten. */
  apply(change: IdentityChange): void
  /** Forgets everything. */
  reset(): void
}

interface Entry extends KnownKey {
  readonly knownAt: number
}

/** A key that was refused is not looked up again for so long: guessing must not cost a query per guess. */
const REFUSED_MS = 1000
const MAX_REFUSED = 10_000

const invalid = (): CodedError => new CodedError('UNAUTHENTICATED', 'The key is not valid.')

function unavailable(cause: unknown): CodedError {
  if (cause instanceof CodedError && cause.code === 'UNAUTHENTICATED') return cause
  return new CodedError('UNAVAILABLE', 'The key could not be checked; ask again.', { cause })
}

function expired(key: KnownKey): boolean {
  return key.expiresAtMs !== undefined && key.expiresAtMs <= Date.now()
}

export function createKeyAuthenticator(options: KeyAuthenticatorOptions): KeyAuthenticator {
  const maxEntries = options.maxEntries ?? 50_000
  const ttlMs = options.ttlMs ?? 60_000
  const known = new Map<string, Entry>()
  const refused = new Map<string, number>()
  const lookups = new Map<string, Promise<Identity>>()

  function remember(hash: string, key: KnownKey): void {
    if (known.size >= maxEntries) {
      const oldest = known.keys().next()
      if (oldest.done !== true) known.delete(oldest.value)
    }
    known.set(hash, { ...key, knownAt: performance.now() })
  }

  function refuse(hash: string): never {
    if (refused.size >= MAX_REFUSED) refused.clear()
    refused.set(hash, performance.now())
    throw invalid()
  }

  async function lookUp(hash: string, key: string): Promise<Identity> {
    const { generation } = options.changes
    const found = await options.lookup(key).catch((error: unknown) => {
      throw unavailable(error)
    })
    if (found === undefined || expired(found)) return refuse(hash)
    // A change that arrived meanwhile may be about this key and newer than what was read.
    if (generation === options.changes.generation) remember(hash, found)
    if (found.identity.keyId !== undefined) options.onUse?.(found.identity.keyId)
    return found.identity
  }

  function authenticateKey(key: string): Identity | Promise<Identity> {
    if (!key.startsWith(KEY_PREFIX)) throw invalid()
    const hash = sha256Hex(key)
    const entry = known.get(hash)
    if (entry !== undefined) {
      const good = performance.now() - entry.knownAt < ttlMs && options.changes.fresh
      if (good && !expired(entry)) {
        if (entry.identity.keyId !== undefined) options.onUse?.(entry.identity.keyId)
        return entry.identity
      }
      known.delete(hash)
    }
    const refusedAt = refused.get(hash)
    if (refusedAt !== undefined) {
      if (performance.now() - refusedAt < REFUSED_MS) throw invalid()
      refused.delete(hash)
    }
    let lookup = lookups.get(hash)
    if (lookup === undefined) {
      lookup = lookUp(hash, key).finally(() => lookups.delete(hash))
      lookups.set(hash, lookup)
    }
    return lookup
  }

  function forget(touches: (identity: Identity) => boolean): void {
    for (const [hash, { identity }] of known) if (touches(identity)) known.delete(hash)
  }

  function reset(): void {
    known.clear()
    refused.clear()
  }

  return {
    authenticate: (headers, keyOptions) => authenticateKey(keyFromHeaders(headers, keyOptions)),
    authenticateKey,
    async recheck(identity) {
      if (identity.keyId === undefined) return undefined
      const found = await options.lookupId(identity.keyId).catch((error: unknown) => {
        throw unavailable(error)
      })
      return found === undefined || expired(found) ? undefined : found.identity
    },
    apply({ kind, subjectIds }) {
      refused.clear()
      const ids = new Set(subjectIds)
      switch (kind) {
        case 'key':
          return forget(({ keyId }) => keyId !== undefined && ids.has(keyId))
        case 'account':
          return forget(({ id }) => ids.has(id))
        // Roles and grants narrow sessions; the rights of a key are its own.
        case 'role':
        case 'grant':
          return undefined
        default:
          return reset()
      }
    },
    reset,
  }
}
