import { withTimeout } from '@alkdev/std'
import type { ApiKeyErrorCode, VerifyErrorCode } from './errors.ts'
import { errorMessage } from './errors.ts'
import { getExpirationTime } from './expiry.ts'
import type { KeyFormat } from './key-format.ts'
import type { KeyCache } from './key-cache.ts'
import { equalHashes } from './key-hash.ts'
import type { ApiKeyRecord } from './records.ts'
import type { Storage } from './storage.ts'
import type { UsageTracker } from './usage-tracker.ts'

export type VerifyResult =
  | {
      readonly valid: true
      readonly record: ApiKeyRecord
      readonly error?: never
      readonly errorCode?: never
    }
  | {
      readonly valid: false
      readonly error: string
      readonly errorCode: VerifyErrorCode
      readonly record?: never
    }

export interface VerifierOptions {
  readonly storage: Pick<Storage, 'findByHash'>
  readonly format: KeyFormat
  readonly hashKey: (key: string) => string
  /** Absent: every check asks the store. */
  readonly cache?: KeyCache
  readonly cacheTtlMs: number
  readonly negativeTtlMs: number
  readonly isFresh: () => boolean
  readonly usage?: UsageTracker
  readonly lookupTimeoutMs: number
  readonly maxPendingLookups: number
  readonly now: () => number
  readonly onError: (error: unknown) => void
}

export interface VerifyFlags {
  readonly skipCache?: boolean
  readonly skipTracking?: boolean
}

interface Pending {
  readonly generation: number
  readonly result: Promise<VerifyResult>
}

/** One frozen result per code: a refusal costs nothing to make and tells nothing about the key. */
export function refusal(errorCode: Extract<ApiKeyErrorCode, VerifyErrorCode>): VerifyResult {
  return Object.freeze({ valid: false, errorCode, error: errorMessage(errorCode) })
}

const INVALID_FORMAT = refusal('INVALID_FORMAT')
const INVALID_KEY = refusal('INVALID_KEY')
const EXPIRED = refusal('EXPIRED')
const REVOKED = refusal('REVOKED')
const DISABLED = refusal('DISABLED')
const OWNER_INACTIVE = refusal('OWNER_INACTIVE')
const STORAGE_ERROR = refusal('STORAGE_ERROR')

/** Checks keys: form, then memory, then the store. Counts uses. */
export class Verifier {
  readonly #options: VerifierOptions
  readonly #pending = new Map<string, Pending>()

  constructor(options: VerifierOptions) {
    this.#options = options
  }

  /**
   * The result, if memory knows it: a malformed key, a good one read less than `cacheTtlMs` ago while the change list is fresh, or one
   * refused a moment ago. Undefined when the store must be asked.
   */
  known(key: string, flags: VerifyFlags = {}): VerifyResult | undefined {
    if (!this.#options.format.resembles(key)) return INVALID_FORMAT
    if (flags.skipCache !== true) {
      const remembered = this.#remembered(this.#options.hashKey(key), flags)
      if (remembered !== undefined) return remembered
    }
    return this.#options.format.accepts(key) ? undefined : INVALID_FORMAT
  }

  verify(key: string, flags: VerifyFlags = {}): VerifyResult | Promise<VerifyResult> {
    const { format, hashKey } = this.#options
    // What is remembered was well formed, so the checksum is left for the others.
    if (!format.resembles(key)) return INVALID_FORMAT
    const hash = hashKey(key)
    if (flags.skipCache !== true) {
      const remembered = this.#remembered(hash, flags)
      if (remembered !== undefined) return remembered
    }
    return format.accepts(key) ? this.#lookUp(hash, flags) : INVALID_FORMAT
  }

  #remembered(hash: string, flags: VerifyFlags): VerifyResult | undefined {
    const { cache, usage } = this.#options
    if (cache === undefined) return undefined
    const nowMs = this.#options.now()
    const entry = cache.good(hash)
    if (entry === undefined) return cache.bad(hash, nowMs)
    if (entry.staleAtMs <= nowMs || !this.#options.isFresh()) return undefined
    if (entry.expiresAtMs <= nowMs) return EXPIRED
    entry.seen = true
    if (flags.skipTracking !== true) usage?.count(entry.usage, nowMs)
    return entry.result
  }

  /** One question to the store per key at a time. Who comes after an invalidation does not join a question asked before it. */
  #lookUp(hash: string, flags: VerifyFlags): Promise<VerifyResult> {
    const generation = this.#options.cache?.generation ?? 0
    const asked = this.#pending.get(hash)
    if (asked !== undefined && asked.generation === generation)
      return this.#counted(hash, asked.result, flags)
    if (this.#pending.size >= this.#options.maxPendingLookups) return Promise.resolve(STORAGE_ERROR)
    const pending: Pending = { generation, result: this.#ask(hash, generation) }
    this.#pending.set(hash, pending)
    void pending.result.then(() => {
      if (this.#pending.get(hash) === pending) this.#pending.delete(hash)
    })
    return this.#counted(hash, pending.result, flags)
  }

  async #counted(
    hash: string,
    asked: Promise<VerifyResult>,
    flags: VerifyFlags,
  ): Promise<VerifyResult> {
    const result = await asked
    if (result.valid && flags.skipTracking !== true) {
      const nowMs = this.#options.now()
      const counter = this.#options.cache?.good(hash)?.usage ?? {
        keyId: result.record.id,
        count: 0,
        lastUsedAtMs: nowMs,
      }
      this.#options.usage?.count(counter, nowMs)
    }
    return result
  }

  async #ask(hash: string, generation: number): Promise<VerifyResult> {
    const { cache, now, cacheTtlMs, negativeTtlMs, storage, lookupTimeoutMs } = this.#options
    const askedAtMs = now()
    let record: ApiKeyRecord | null
    try {
      record = await withTimeout(storage.findByHash(hash), {
        ms: lookupTimeoutMs,
        what: 'The lookup of the key',
      })
    } catch (error) {
      // Outdated data never admits a key; the next check looks it up again.
      this.#options.onError(error)
      return STORAGE_ERROR
    }
    const result = judge(record, hash, now())
    // A change that arrived meanwhile may be newer than what was read: then it is used once and not kept.
    if (cache === undefined || cache.generation !== generation) return result
    if (!result.valid) {
      cache.refuse(hash, result, askedAtMs + negativeTtlMs)
      return result
    }
    const known = cache.good(hash)
    cache.keep(hash, {
      record: result.record,
      result,
      expiresAtMs: getExpirationTime(result.record.metadata.expiresAt),
      staleAtMs: askedAtMs + cacheTtlMs,
      usage: known?.usage ?? { keyId: result.record.id, count: 0, lastUsedAtMs: 0 },
      seen: false,
    })
    return result
  }
}

/** What a record says at `nowMs`: unknown, expired, revoked, disabled, owner not active, good; in that order. */
function judge(record: ApiKeyRecord | null, hash: string, nowMs: number): VerifyResult {
  if (record === null || !equalHashes(record.keyHash, hash)) return INVALID_KEY
  const { metadata, owner } = record
  if (getExpirationTime(metadata.expiresAt) <= nowMs) return EXPIRED
  if (metadata.revokedAt !== null) return REVOKED
  if (!metadata.enabled) return DISABLED
  if (owner?.active === false) return OWNER_INACTIVE
  return Object.freeze({ valid: true, record: Object.freeze(record) })
}
