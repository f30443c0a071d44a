import type { Identity } from '@alkdev/operations'
import type { Static } from '@alkdev/typebox'
import type { AccessLevelName } from './operations/accounts.ts'

/** Requests that may be made. An absent member: the configured limit applies. 0: no limit. */
export interface StoredRequestLimits {
  readonly perMinute?: number
  readonly perDay?: number
  readonly perMonth?: number
}

/** Limits of the queued calls of an account, stored with those of its requests. An absent member: the configured limit applies. 0: no limit. */
export interface StoredQueueLimits {
  /** Queued calls that run at a time. */
  readonly queuedAtATime?: number
  /** Attempts of queued calls that are started in a second. */
  readonly queuedPerSecond?: number
}

/** The limits that are stored for the holder of a key. Absent members: the configured limits apply. */
export interface HolderLimits {
  readonly key?: StoredRequestLimits
  /** The id of the key whose counters this key shares, when that is another key: the first of its rotations. */
  readonly countedAs?: string
  readonly account?: StoredRequestLimits
  /** By organization id. */
  readonly organizations: Readonly<Record<string, StoredRequestLimits>>
}

/**
 * The result of a key check: the identity, and what the check found beside it. The object is frozen, and it is the same object as long
 * as the key stays in the cache. An identity that was not authenticated in this process, such as the principal of a call from another
 * process, has only `identity`.
 */
export interface Authenticated {
  readonly identity: Identity
  /** Absent when no limits are stored for the holder. */
  readonly limits?: HolderLimits
  /** Absent when the key does not expire. Milliseconds since the epoch. */
  readonly expiresAtMs?: number
  /** The access level of the account. */
  readonly accessLevel?: Static<typeof AccessLevelName>
}
