import type { Authenticated } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { sharedNow, sleep, withTimeout } from '@alkdev/std'
import type { KeyAuthenticator } from './key-authenticator.ts'
import { RecentChanges, touches } from './recent-changes.ts'
import type { IdentityChangeNotice } from '../start/service-runtime.ts'

export interface WatchedUse {
  readonly authenticated: Authenticated
  /** Called once, when the use must end: the key is no longer valid, or the use is no longer allowed. */
  end(reason: CallError): void
  /** True when the use may continue with the key's current rights. Default: while the key is valid. */
  allowed?(now: Authenticated): boolean
  /** Applies the key's current rights to the use. A rejected attempt is repeated; until then the key counts as unknown. */
  changed?(now: Authenticated): void | Promise<void>
}

export interface IdentityWatcherOptions {
  readonly authenticator: Pick<KeyAuthenticator, 'recheck'>
  /** True when the last successful reading of the change list is recent enough. Default: always. */
  readonly isFresh?: () => boolean
  readonly recent?: RecentChanges
}

/** Milliseconds until a failed check of a key is repeated. */
const RETRY_MS = 400
/** Milliseconds that a look-up may take, and for which its result counts while the change list cannot be read. */
const LOOK_MS = 5000
const STALE_MS = 1000
/** Milliseconds that a stream is held back before it ends with UNAVAILABLE. */
const MAX_HOLD_MS = 300_000
/** Maximum look-ups of one confirmation, when changes arrive during a look-up. */
const MAX_LOOKS = 3
/** Maximum keys kept without a watched use: those of callers on whose behalf a spoke calls. */
const MAX_GUESTS = 10_000

interface KeyState {
  authenticated: Authenticated
  readonly uses: Set<WatchedUse>
  /** Incremented by every change that may affect the key; `known` is its value at the last successful look-up. */
  touched: number
  known: number
  /** When that look-up began, by the monotonic clock in milliseconds. */
  knownAt: number
  failedAt: number
  isGood: boolean
  looking: Promise<void> | undefined
}

/**
 * The work in progress of this process by key: sockets, calls, streams, answers that are still being sent. When a change may affect a key,
 * it is looked up again, and its work ends if it is no longer valid. Until the look-up succeeds nothing new is admitted for the key
 * (`confirm`), and streams are held back (`hold`); it is repeated until it succeeds. The same holds for every key while the change list
 * can't be read.
 */
export class IdentityWatcher {
  readonly #authenticator: Pick<KeyAuthenticator, 'recheck'>
  readonly #isFresh: () => boolean
  readonly #recent: RecentChanges
  readonly #keys = new Map<string, KeyState>()
  readonly #guests = new Map<string, KeyState>()
  readonly #again = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor({ authenticator, isFresh, recent }: IdentityWatcherOptions) {
    this.#authenticator = authenticator
    this.#isFresh = isFresh ?? (() => true)
    this.#recent = recent ?? new RecentChanges()
  }

  /** Number of keys with work in progress. */
  get size(): number {
    return this.#keys.size
  }

  /** The ids of the keys with work in progress. */
  get keyIds(): readonly string[] {
    return [...this.#keys.keys()]
  }

  /** Watches a use until the returned function is called. Identities without a key are not watched. */
  watch(use: WatchedUse): () => void {
    const { authenticated } = use
    const { keyId } = authenticated.identity
    if (keyId === undefined) return () => undefined
    let state = this.#keys.get(keyId)
    if (state === undefined) this.#keys.set(keyId, (state = newState(authenticated, 0)))
    state.uses.add(use)
    // Something has changed since its key was checked.
    if (this.#recent.touchedSince(authenticated)) {
      state.touched += 1
      void this.#recheck(keyId)
    }
    return () => this.#forget(keyId, use)
  }

  /**
   * Checks that the key is still valid. Returns undefined when that is known: no change up to a second ago concerns the key. Otherwise the
   * key is looked up: resolves when it is valid, rejects with UNAUTHENTICATED when it is not (its uses have ended then) and with
   * UNAVAILABLE when the look-up fails. A key without a watched use is looked up by its first confirmation.
   */
  confirm(identity: Identity): Promise<void> | undefined {
    const { keyId } = identity
    if (keyId === undefined) return undefined
    const state = this.#keys.get(keyId) ?? this.#guest(keyId, identity)
    return this.#isKnown(state) ? undefined : this.#confirmed(state)
  }

  /**
   * Like `confirm`, for the next item of a stream: retries for up to five minutes while the look-up fails. Rejects when the signal aborts.
   */
  hold(identity: Identity, signal?: AbortSignal): Promise<void> | undefined {
    const confirmation = this.confirm(identity)
    return confirmation && this.#held(confirmation, identity, signal)
  }

  /** Checks every key that the change may affect. Resolves when all of them were checked. */
  async review(change: IdentityChangeNotice): Promise<void> {
    this.#recent.add(change)
    for (const state of this.#guests.values())
      if (touches(change, state.authenticated.identity)) state.touched += 1
    const touched: string[] = []
    for (const [keyId, state] of this.#keys) {
      if (![...state.uses].some(({ authenticated }) => touches(change, authenticated.identity)))
        continue
      state.touched += 1
      touched.push(keyId)
    }
    await Promise.all(touched.map((keyId) => this.#recheck(keyId)))
  }

  /** Looks a key up although no change is known. Rejects with UNAVAILABLE. */
  async refresh(keyId: string): Promise<void> {
    const state = this.#keys.get(keyId)
    if (state) await (state.looking ?? this.#look(state))
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#again.clear()
    this.#keys.clear()
    this.#guests.clear()
  }

  #forget(keyId: string, use: WatchedUse): void {
    const state = this.#keys.get(keyId)
    state?.uses.delete(use)
    if (state?.uses.size === 0) this.#keys.delete(keyId)
  }

  #guest(keyId: string, identity: Identity): KeyState {
    let state = this.#guests.get(keyId)
    if (state !== undefined) return state
    this.#guests.set(keyId, (state = newState({ identity }, 1)))
    const [oldest] = this.#guests.keys()
    if (this.#guests.size > MAX_GUESTS && oldest !== undefined) this.#guests.delete(oldest)
    return state
  }

  #isKnown({ touched, known, knownAt, authenticated, isGood }: KeyState): boolean {
    const { expiresAtMs } = authenticated
    if (touched !== known || !isGood) return false
    if (expiresAtMs !== undefined && expiresAtMs <= sharedNow()) return false
    return this.#isFresh() || performance.now() - knownAt <= STALE_MS
  }

  async #confirmed(state: KeyState): Promise<void> {
    for (let looks = 0; looks < MAX_LOOKS; looks++) {
      // During an outage, not every call may query the database.
      if (state.looking === undefined && performance.now() - state.failedAt < RETRY_MS) break
      // oxlint-disable-next-line no-await-in-loop -- a change may arrive during the look-up
      await (state.looking ?? this.#look(state))
      if (!state.isGood) throw notValid()
      if (this.#isKnown(state)) return
    }
    throw unavailable()
  }

  async #held(first: Promise<void>, identity: Identity, signal?: AbortSignal): Promise<void> {
    const until = performance.now() + MAX_HOLD_MS
    for (let next: Promise<void> | undefined = first; next; next = this.confirm(identity)) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one look-up after the other
        await next
        return
      } catch (error) {
        if (CodedError.from(error).code !== 'UNAVAILABLE' || performance.now() > until) throw error
      }
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(RETRY_MS, signal)
    }
  }

  async #recheck(keyId: string): Promise<void> {
    const state = this.#keys.get(keyId)
    if (state === undefined) return
    try {
      // A look-up that began before the change may not include it.
      await state.looking?.catch(() => undefined)
      if (state.touched !== state.known) await (state.looking ?? this.#look(state))
    } catch {
      this.#retry(keyId)
    }
  }

  #look(state: KeyState): Promise<void> {
    state.looking = this.#found(state).finally(() => (state.looking = undefined))
    return state.looking
  }

  async #found(state: KeyState): Promise<void> {
    const { touched } = state
    const begunAt = performance.now()
    try {
      const now = await withTimeout(this.#authenticator.recheck(state.authenticated.identity), {
        ms: LOOK_MS,
        what: 'The check of a key',
      })
      state.isGood = now !== undefined
      if (now) state.authenticated = now
      await this.#apply(state, now)
      state.known = touched
      state.knownAt = begunAt
    } catch (error) {
      state.failedAt = performance.now()
      throw unavailable(error)
    }
  }

  async #apply(state: KeyState, now: Authenticated | undefined): Promise<void> {
    const changes: Promise<void>[] = []
    for (const use of [...state.uses]) {
      const reason = reasonToEnd(use, now)
      if (reason === undefined) {
        const change = now && use.changed?.(now)
        if (change) changes.push(change)
        continue
      }
      const { keyId } = state.authenticated.identity
      if (keyId !== undefined) this.#forget(keyId, use)
      use.end(reason)
    }
    await Promise.all(changes)
  }

  #retry(keyId: string): void {
    this.#again.add(keyId)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const keyIds = [...this.#again]
      this.#again.clear()
      for (const again of keyIds) void this.#recheck(again)
    }, RETRY_MS).unref()
  }
}

function newState(authenticated: Authenticated, touched: number): KeyState {
  return {
    authenticated,
    uses: new Set(),
    touched,
    known: 0,
    knownAt: Number.NEGATIVE_INFINITY,
    failedAt: Number.NEGATIVE_INFINITY,
    isGood: true,
    looking: undefined,
  }
}

const notValid = (): CallError => new CallError('UNAUTHENTICATED', 'The key is no longer valid.')

function unavailable(cause?: unknown): CallError {
  const message = 'The key could not be checked; ask again.'
  return new CallError('UNAVAILABLE', message, undefined, { cause, retryAfterMs: RETRY_MS })
}

function reasonToEnd(use: WatchedUse, now: Authenticated | undefined): CallError | undefined {
  if (now === undefined) return notValid()
  if (use.allowed === undefined || use.allowed(now)) return undefined
  return new CallError('ACCESS_DENIED', 'The key no longer has the rights for this call.')
}
