import type { IncomingHttpHeaders } from 'node:http'
import { CodedError } from '@alkdev/errors'
import { keyFromHeaders } from '@alkdev/http'
import type { Authenticator, RequestKeyOptions } from '@alkdev/http'
import type { Identity } from '@alkdev/operations'
import type { AccessLevel, HolderLimits } from '@alkdev/storage'
import { getExpirationTime, isExpired } from 'keypal'
import type { ApiKeyManager, ApiKeyRecord, VerifyResult } from 'keypal'
import { RecentChanges } from './recent-changes.ts'
import { noteHolderLimits } from '../limits/request-limits.ts'

/** Checks keys: at once while they are remembered and the change list is fresh, else in Postgres. */
export interface KeyAuthenticator extends Authenticator {
  authenticate(
    headers: IncomingHttpHeaders,
    options?: RequestKeyOptions,
  ): Identity | Promise<Identity>
  /** The same for a key that was shown some other way. */
  authenticateKey(key: string): Identity | Promise<Identity>
  /**
   * The identity as it is now, or undefined when its key is no longer good. Asks Postgres. For what outlives a request: sockets,
   * streams, sessions. Throws UNAVAILABLE when it can't look.
   */
  recheck(identity: Identity): Promise<Identity | undefined>
}

// Records are frozen and the same object while they are remembered.
const identities = new WeakMap<ApiKeyRecord, Identity>()
const accessLevels = new WeakMap<Identity, unknown>()
const expiries = new WeakMap<Identity, number>()

/** The access level of the account of an identity that was authenticated in this process, as of then; undefined for others. */
export function accessLevelOf(identity: Identity): AccessLevel | undefined {
  return accessLevels.get(identity) as AccessLevel | undefined
}

/** When the key of an identity that was made here expires, in milliseconds since the epoch; Infinity for never, and for others. */
export function expiryOf(identity: Identity): number {
  return expiries.get(identity) ?? Number.POSITIVE_INFINITY
}

/** Told of each key that is used here: when it expires, in milliseconds since the epoch; undefined when it does not. */
export type NoteExpiry = (keyId: string, expiresAtMs: number | undefined) => void

function identityOf(record: ApiKeyRecord, noteExpiry: NoteExpiry): Identity {
  let identity = identities.get(record)
  if (identity === undefined) {
    const { ownerId, scopes, resources, expiresAt } = record.metadata
    noteExpiry(record.id, expiresAt === null ? undefined : getExpirationTime(expiresAt))
    const orgIds = record.owner?.orgIds ?? []
    identity = Object.freeze({ id: ownerId, keyId: record.id, scopes, resources, orgIds })
    const limits = record.extra?.['limits'] as HolderLimits | undefined
    if (limits !== undefined) noteHolderLimits(identity, limits)
    accessLevels.set(identity, record.extra?.['accessLevel'])
    identities.set(record, identity)
    expiries.set(identity, getExpirationTime(expiresAt))
  }
  return identity
}

function accept(result: VerifyResult, noteExpiry: NoteExpiry): Identity {
  if (result.valid) return identityOf(result.record, noteExpiry)
  if (result.errorCode === 'STORAGE_ERROR') throw unavailable()
  // One answer for every reason: whether a key exists is nobody's business.
  throw new CodedError('UNAUTHENTICATED', 'The key is not valid.')
}

function unavailable(cause?: unknown): CodedError {
  const message = 'The key could not be checked; ask again.'
  return new CodedError('UNAVAILABLE', message, cause === undefined ? {} : { cause })
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
  function accepted(result: VerifyResult, asOf: number): Identity {
    const identity = accept(result, noteExpiry)
    recent.stamp(identity, asOf)
    return identity
  }
  function authenticateKey(key: string): Identity | Promise<Identity> {
    const known = keys.verifyKnown(key)
    const asOf = recent.number
    return known === undefined
      ? keys.verify(key).then((result) => accepted(result, asOf))
      : accepted(known, asOf)
  }
  return {
    authenticate: (headers, options) => authenticateKey(keyFromHeaders(headers, options)),
    authenticateKey,
    async recheck({ keyId }) {
      if (keyId === undefined) return undefined
      const record = await keys.findById(keyId).catch((error: unknown) => {
        throw unavailable(error)
      })
      return record !== null && isGood(record) ? identityOf(record, noteExpiry) : undefined
    },
  }
}
