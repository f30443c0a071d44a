import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Authenticated } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { keyFromHeaders } from '@alkdev/http'
import type { Authenticator } from '@alkdev/http'
import { intersectRights } from '@alkdev/service'
import type { KeyAuthenticator, ServiceRuntime } from '@alkdev/service'
import { sharedNow } from '@alkdev/std'
import { loginKey, scopesOf } from './login.ts'
import { isToken } from './token-check.ts'
import type { CheckedToken, TokenCheck } from './token-check.ts'

/** Tokens whose check is remembered, each for a minute: so long one is accepted after its issuer has withdrawn the key that signed it. */
const MAX_KNOWN = 10_000
const KNOWN_MS = 60_000
/** Checks of tokens at a time. A signature costs processor time, and every caller can send one. */
const MAX_CHECKS = 64

interface KnownToken {
  readonly authenticated: Authenticated
  /** Monotonic milliseconds. */
  readonly until: number
}

export interface TokenAuthenticatorInput {
  readonly keys: KeyAuthenticator
  readonly check: Pick<TokenCheck, 'check'>
  readonly db: ServiceRuntime['db']
  readonly onRefused: (reason: string) => void
}

/**
 * Authenticates requests by an API key or by an OAuth token. A token acts with a key of its account (see `loginKey`): it has the rights of that key that its
 * scopes name too, and it ends with the key.
 */
export class TokenAuthenticator implements Authenticator {
  readonly #input: TokenAuthenticatorInput
  readonly #known = new Map<string, KnownToken>()
  readonly #holders = new WeakMap<Authenticated, Authenticated>()
  readonly #lackScope = new WeakSet<IncomingHttpHeaders>()
  #checks = 0
  #forgotten = 0

  constructor(input: TokenAuthenticatorInput) {
    this.#input = input
  }

  authenticate(headers: IncomingHttpHeaders): Authenticated | Promise<Authenticated> {
    const text = keyFromHeaders(headers)
    // Tokens come in `Authorization` alone.
    if (!isToken(text) || headers['x-api-key'] !== undefined)
      return this.#input.keys.authenticateKey(text)
    const hash = createHash('sha256').update(text).digest('base64')
    return this.#remembered(hash) ?? this.#checked(text, hash, headers)
  }

  /** True for the headers of a request whose token is valid and names no scope that its account has. */
  lacksScope(headers: IncomingHttpHeaders): boolean {
    return this.#lackScope.has(headers)
  }

  /** The state of the key with which a token acts: what is watched while the token is used. That of a key is the key itself. */
  holderOf(authenticated: Authenticated): Authenticated {
    return this.#holders.get(authenticated) ?? authenticated
  }

  /** Forgets every checked token: an account or a key has changed. */
  forget(): void {
    this.#forgotten += 1
    this.#known.clear()
  }

  #remembered(hash: string): Authenticated | undefined {
    const known = this.#known.get(hash)
    if (known === undefined) return undefined
    const { expiresAtMs = Infinity } = known.authenticated
    if (performance.now() < known.until && sharedNow() < expiresAtMs) return known.authenticated
    this.#known.delete(hash)
    return undefined
  }

  async #checked(
    token: string,
    hash: string,
    headers: IncomingHttpHeaders,
  ): Promise<Authenticated> {
    if (this.#checks >= MAX_CHECKS)
      throw new CodedError('OVERLOADED', 'Too many tokens are being checked; ask again.')
    this.#checks += 1
    const { check, onRefused } = this.#input
    const forgotten = this.#forgotten
    try {
      const checked = await check.check(token)
      const holder = await this.#holder(checked)
      if (holder === undefined) {
        onRefused('no login fits it, or the account has no valid key of that name')
        throw new CodedError('ACCESS_DENIED', 'No account of this hub accepts this token.')
      }
      const authenticated = limitedTo(holder, checked)
      if (authenticated === undefined) {
        this.#lackScope.add(headers)
        throw new CodedError('ACCESS_DENIED', 'The token names no scope that its account has.')
      }
      this.#holders.set(authenticated, holder)
      // What has changed during the check may not be in it.
      if (forgotten === this.#forgotten) this.#remember(hash, authenticated)
      return authenticated
    } finally {
      this.#checks -= 1
    }
  }

  async #holder({ issuer, claims }: CheckedToken): Promise<Authenticated | undefined> {
    const { db, keys } = this.#input
    const login = await loginKey(db, issuer.logins, claims)
    return login && keys.recheck({ id: login.accountId, keyId: login.keyId, scopes: [] })
  }

  #remember(hash: string, authenticated: Authenticated): void {
    this.#known.set(hash, { authenticated, until: performance.now() + KNOWN_MS })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** What the key has and the token names, until the earlier end of the two. Undefined for a token that names no scope of the key. */
function limitedTo(
  holder: Authenticated,
  { issuer, claims, expiresAtMs }: CheckedToken,
): Authenticated | undefined {
  const { identity } = holder
  const limited = issuer.limitByScope
    ? intersectRights(identity, { ...identity, scopes: scopesOf(claims) })
    : identity
  if (limited.scopes.length === 0 && identity.scopes.length > 0) return undefined
  return Object.freeze({
    ...holder,
    identity: Object.freeze(limited),
    expiresAtMs: Math.min(expiresAtMs, holder.expiresAtMs ?? Infinity),
  })
}
