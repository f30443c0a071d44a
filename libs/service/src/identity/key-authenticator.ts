import type { IncomingHttpHeaders } from 'node:http'
import type { Authenticated, HolderLimits } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { keyFromHeaders } from '@alkdev/http'
import type { Authenticator, RequestKeyOptions } from '@alkdev/http'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { getExpirationTime, isExpired } from 'keypal'
import type { ApiKeyManager, ApiKeyRecord, VerifyResult } from 'keypal'
import { RecentChanges } from './recent-changes.ts'

/** Checks keys: synchronously while they are cached and the change list is fresh, otherwise in Postgres. */
export interface KeyAuthenticator extends Authenticator {
  authenticate(
    headers: IncomingHttpHeaders,
    options?: RequestKeyOptions,
  ): Authenticated | Promise<Authenticated>
  /** The same for a key that was not sent in a header. */
  authenticateKey(key: string): Authenticated | Promise<Authenticated>
  /**
   * The current state of the key of an identity, or undefined when the key is no longer valid. Reads Postgres. For work that outlives a
   * request: sockets, streams, sessions. Throws UNAVAILABLE when the key can't be looked up.
   */
  recheck(identity: Identity): Promise<Authenticated | undefined>
}

/** Called with each key that this process authenticates. `expiresAtMs`: milliseconds since the epoch; undefined when it does not expire. */
export type NoteExpiry = (keyId: string, expiresAtMs: number | undefined) => void

function authenticatedOf({ id, metadata, owner, extra }: ApiKeyRecord): Authenticated {
  const { ownerId, scopes, resources, expiresAt } = metadata
  const orgIds = owner?.orgIds ?? []
  const limits = extra?.['limits'] as HolderLimits | undefined
  const accessLevel = extra?.['accessLevel'] as Authenticated['accessLevel']
  return Object.freeze({
    identity: Object.freeze({ id: ownerId, keyId: id, scopes, resources, orgIds }),
    ...(limits !== undefined && { limits }),
    ...(expiresAt !== null && { expiresAtMs: getExpirationTime(expiresAt) }),
    ...(accessLevel !== undefined && { accessLevel }),
  })
}

function unavailable(cause?: unknown): CodedError {
  const message = 'The key could not be checked; ask again.'
  return new CodedError('UNAVAILABLE', message, compact({ cause }))
}

function isGood({ metadata, owner }: ApiKeyRecord): boolean {
  const { enabled, revokedAt, expiresAt } = metadata
  return enabled && revokedAt === null && owner?.active !== false && !isExpired(expiresAt)
}

/** The key check of a service, over the keys of the hub. */
export function createKeyAuthenticator(
  keys: Pick<ApiKeyManager, 'verifyKnown' | 'verify' | 'findById'>,
  noteExpiry: NoteExpiry = () => undefined,
  recent: RecentChanges = new RecentChanges(),
): KeyAuthenticator {
  // A record is the same object while it is cached, so each cached key has one `Authenticated`.
  const byRecord = new WeakMap<ApiKeyRecord, Authenticated>()
  function remembered(record: ApiKeyRecord): Authenticated {
    let authenticated = byRecord.get(record)
    if (authenticated === undefined) {
      authenticated = authenticatedOf(record)
      noteExpiry(record.id, authenticated.expiresAtMs)
      byRecord.set(record, authenticated)
    }
    return authenticated
  }
  function accept(result: VerifyResult, asOf: number): Authenticated {
    if (result.valid) {
      const authenticated = remembered(result.record)
      recent.stamp(authenticated, asOf)
      return authenticated
    }
    if (result.errorCode === 'STORAGE_ERROR') throw unavailable()
    // The same error for every reason: a caller must not learn whether a key exists.
    throw new CodedError('UNAUTHENTICATED', 'The key is not valid.')
  }
  function authenticateKey(key: string): Authenticated | Promise<Authenticated> {
    const known = keys.verifyKnown(key)
    const asOf = recent.number
    return known === undefined
      ? keys.verify(key).then((result) => accept(result, asOf))
      : accept(known, asOf)
  }
  return {
    authenticate: (headers, options) => authenticateKey(keyFromHeaders(headers, options)),
    authenticateKey,
    async recheck({ keyId }) {
      if (keyId === undefined) return undefined
      const asOf = recent.number
      const record = await keys.findById(keyId).catch((error: unknown) => {
        throw unavailable(error)
      })
      if (record === null || !isGood(record)) return undefined
      const authenticated = remembered(record)
      recent.stamp(authenticated, asOf)
      return authenticated
    },
  }
}
