import { CodedError } from '@alkdev/errors'
import { readIssuerKeys } from '@alkdev/outbound'
import type { IssuerAddress, JsonReader } from '@alkdev/outbound'
import { createLocalJWKSet, errors } from 'jose'
import type { JWTVerifyGetKey, LocalJWKSet } from 'jose'

/** Milliseconds after which the keys are read again. */
const FRESH_MS = 600_000
/** Milliseconds for which keys are used while they can't be read again. */
const MAX_STALE_MS = 3_600_000
/** Milliseconds between two readings, whatever keys tokens name. */
const PAUSE_MS = 30_000
/** The same after a reading that failed. */
const FAILED_PAUSE_MS = 2000
/** Tokens with unknown keys that wait for one reading. An issuer may take long, and every caller can invent keys. */
const MAX_WAITING = 16

export interface IssuerKeysOptions {
  readonly address: IssuerAddress
  readonly reader: Pick<JsonReader, 'read'>
  /** Called when the keys could not be read. */
  readonly onFailure: (error: unknown) => void
  /** Monotonic milliseconds. */
  readonly now?: () => number
}

/**
 * The public keys of one authorization server. They are read when the first token arrives, every ten minutes, and for a token that names an unknown key
 * (a rotation), but then at most every 30 s: tokens with invented keys cause no more requests than that. Concurrent tokens wait for one
 * reading, of those with unknown keys 16 at a time: OVERLOADED for the others, so that tokens with known keys are checked meanwhile. While they can't be read, those of the last hour are used.
 */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions
  readonly #now: () => number
  #keys: LocalJWKSet | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #failed = false
  #reading: Promise<void> | undefined
  #waiting = 0

  constructor(options: IssuerKeysOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** The key that the header of a token names. Throws an error of jose when there is none, UNAVAILABLE when the keys are not known. */
  readonly get: JWTVerifyGetKey = async (header, token) => {
    const age = this.#now() - this.#readAt
    if (age > FRESH_MS) {
      const reading = this.#read(this.#failed ? FAILED_PAUSE_MS : 0)
      if (age > MAX_STALE_MS) await reading
    }
    const keys = this.#known()
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      const read = this.#readAt
      await this.#readForUnknown()
      if (this.#readAt === read) throw error
      return this.#known()(header, token)
    }
  }

  async #readForUnknown(): Promise<void> {
    if (this.#waiting >= MAX_WAITING)
      throw new CodedError('OVERLOADED', 'Too many tokens name a key that is not known yet.', {
        retryAfterMs: FAILED_PAUSE_MS,
      })
    this.#waiting += 1
    try {
      await this.#read(PAUSE_MS)
    } finally {
      this.#waiting -= 1
    }
  }

  #known(): LocalJWKSet {
    if (this.#keys !== undefined && this.#now() - this.#readAt <= MAX_STALE_MS) return this.#keys
    throw new CodedError('UNAVAILABLE', 'The keys of the issuer could not be read; ask again.', {
      retryAfterMs: FAILED_PAUSE_MS,
    })
  }

  /** Reads the keys, or waits for a reading that runs, unless one began less than `pauseMs` ago. Never rejects. */
  async #read(pauseMs: number): Promise<void> {
    if (this.#reading === undefined && this.#now() - this.#triedAt < pauseMs) return
    this.#reading ??= this.#readOnce().finally(() => (this.#reading = undefined))
    await this.#reading
  }

  async #readOnce(): Promise<void> {
    this.#triedAt = this.#now()
    try {
      const { address, reader } = this.#options
      const keys = await readIssuerKeys(address, reader)
      this.#keys = createLocalJWKSet({ keys })
      this.#readAt = this.#now()
      this.#failed = false
    } catch (error) {
      this.#failed = true
      this.#options.onFailure(error)
    }
  }
}
