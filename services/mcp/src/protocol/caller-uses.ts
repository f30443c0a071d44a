import type { Authenticated } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import type { CallError } from '@alkdev/operations'
import type { IdentityWatcher, WatchedUse } from '@alkdev/service'

/** OAuth tokens, which act with keys of their accounts. */
interface Tokens {
  /** The key with which a token acts. That of an API key is the key itself. */
  holderOf(authenticated: Authenticated): Authenticated
  /** What the token stands for when its key has ended; undefined for an API key, and when no other key of the account takes the token. */
  again(authenticated: Authenticated): Promise<Authenticated | undefined>
}

/**
 * The work in progress of callers, as `IdentityWatcher`. An API key ends with its work. A token is not the key with which it acts: when that key is
 * replaced (`keys.rotate`), the token goes on with the key that its account has for it then, if that allows the work.
 */
export class CallerUses {
  readonly #live: Pick<IdentityWatcher, 'watch' | 'confirm' | 'hold'>
  readonly #tokens: Tokens | undefined
  /** By what a request was authenticated as: what its token stands for since then. */
  readonly #newest = new WeakMap<Authenticated, Authenticated>()

  constructor(live: Pick<IdentityWatcher, 'watch' | 'confirm' | 'hold'>, tokens?: Tokens) {
    this.#live = live
    this.#tokens = tokens
  }

  isToken(authenticated: Authenticated): boolean {
    return this.#tokens !== undefined && this.#tokens.holderOf(authenticated) !== authenticated
  }

  /** Watches a use until the returned function is called. */
  watch(use: WatchedUse): () => void {
    const { authenticated } = use
    if (!this.isToken(authenticated)) return this.#live.watch(use)
    let isOver = false
    let unwatch: () => void = () => undefined
    const follow = (acting: Authenticated): void => {
      const holder = this.#tokens?.holderOf(acting) ?? acting
      const end = (reason: CallError): void => void onEnd(acting, reason)
      unwatch = this.#live.watch({ ...use, authenticated: holder, end })
    }
    const onEnd = async (ended: Authenticated, reason: CallError): Promise<void> => {
      const now = await this.#again(authenticated, ended)
      if (isOver) return
      if (now !== undefined && use.allowed?.(now) !== false) return follow(now)
      isOver = true
      return use.end(reason)
    }
    follow(this.#newest.get(authenticated) ?? authenticated)
    return () => {
      isOver = true
      unwatch()
    }
  }

  /** What the caller is now, if it may begin something. Rejects as `confirm` does. Without a promise when its key is known to be valid. */
  confirmed(authenticated: Authenticated): Authenticated | Promise<Authenticated> {
    const confirmation = this.#live.confirm(authenticated.identity)
    return confirmation === undefined
      ? authenticated
      : this.#confirmedBy(confirmation, authenticated)
  }

  /** As `hold` of the watcher, for the next item of a stream. */
  hold(authenticated: Authenticated, signal: AbortSignal): Promise<void> | undefined {
    const acting = this.#newest.get(authenticated) ?? authenticated
    const held = this.#live.hold(acting.identity, signal)
    if (held === undefined || !this.isToken(acting)) return held
    return this.#heldBy(held, authenticated, acting, signal)
  }

  async #confirmedBy(
    confirmation: Promise<void>,
    authenticated: Authenticated,
  ): Promise<Authenticated> {
    try {
      await confirmation
      return authenticated
    } catch (error) {
      const now = await this.#instead(error, authenticated, authenticated)
      await this.#live.confirm(now.identity)
      return now
    }
  }

  async #heldBy(
    held: Promise<void>,
    authenticated: Authenticated,
    acting: Authenticated,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await held
    } catch (error) {
      const now = await this.#instead(error, authenticated, acting)
      await this.#live.hold(now.identity, signal)
    }
  }

  /** What a token stands for after its key was refused. Throws the refusal when it stands for nothing, and any other error. */
  async #instead(
    error: unknown,
    authenticated: Authenticated,
    refused: Authenticated,
  ): Promise<Authenticated> {
    if (CodedError.from(error).code !== 'UNAUTHENTICATED') throw error
    const now = await this.#again(authenticated, refused)
    if (now === undefined) throw error
    return now
  }

  async #again(
    authenticated: Authenticated,
    ended: Authenticated,
  ): Promise<Authenticated | undefined> {
    const now = await this.#tokens?.again(ended).catch(() => undefined)
    if (now !== undefined) this.#newest.set(authenticated, now)
    return now
  }
}
