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
/** Checks of different tokens at a time, and those of one address. A signature costs processor time, and every caller can send any number of tokens. */
const MAX_CHECKS = 64
const MAX_CHECKS_OF_CLIENT = 16
const RETRY_AFTER_MS = 1000

interface KnownToken {
  readonly authenticated: Authenticated
  /** Monotonic milliseconds. */
  readonly until: number
}

/** What a token stood for when it was checked. */
interface Acting {
  readonly holder: Authenticated
  readonly checked: CheckedToken
}

export interface TokenAuthenticatorInput {
  readonly keys: KeyAuthenticator
  readonly check: Pick<TokenCheck, 'check'>
  readonly db: ServiceRuntime['db']
  readonly onRefused: (reason: string) => void
}

/** The token is valid and names no scope that its account has. */
class LacksScopeError extends CodedError {
  constructor() {
    super('ACCESS_DENIED', 'The token names no scope that its account has.')
  }
}

/**
 * Authenticates requests by an API key or by an OAuth token. A token acts with a key of its account (see `loginKey`): it has the rights of that key that its
 * scopes name too. Requests with the same token share one check. OVERLOADED, with a time to wait, when too many tokens are checked already, of all clients or of
 * this one.
 */
export class TokenAuthenticator implements Authenticator {
  readonly #input: TokenAuthenticatorInput
  readonly #known = new Map<string, KnownToken>()
  readonly #acting = new WeakMap<Authenticated, Acting>()
  readonly #lackScope = new WeakSet<IncomingHttpHeaders>()
  readonly #clients = new WeakMap<IncomingHttpHeaders, { readonly ip: string }>()
  /** By the hash of the token. */
  readonly #checking = new Map<string, Promise<Authenticated>>()
  /** By address. */
  readonly #checksOf = new Map<string, number>()
  #checks = 0
  #forgotten = 0

  constructor(input: TokenAuthenticatorInput) {
    this.#input = input
  }

  /** Says from where the request with these headers comes. Without that, its checks count for all whose origin is not known. */
  from(headers: IncomingHttpHeaders, client: { readonly ip: string }): void {
    this.#clients.set(headers, client)
  }

  authenticate(headers: IncomingHttpHeaders): Authenticated | Promise<Authenticated> {
    const text = keyFromHeaders(headers)
    // Tokens come in `Authorization` alone.
    if (!isToken(text) || headers['x-api-key'] !== undefined)
      return this.#input.keys.authenticateKey(text)
    const hash = createHash('sha256').update(text).digest('base64')
    return this.#remembered(hash) ?? this.#shared(text, hash, headers)
  }

  /** True for the headers of a request whose token is valid and names no scope that its account has. */
  lacksScope(headers: IncomingHttpHeaders): boolean {
    return this.#lackScope.has(headers)
  }

  /** The state of the key with which a token acts: what is watched while the token is used. That of a key is the key itself. */
  holderOf(authenticated: Authenticated): Authenticated {
    return this.#acting.get(authenticated)?.holder ?? authenticated
  }

  /**
   * What a token stands for now, after its key has ended: a key that was replaced (`keys.rotate`) has a successor of its name. Undefined for an API key, and when no
   * other key of the account takes the token. Rejects when the database does.
   */
  async again(authenticated: Authenticated): Promise<Authenticated | undefined> {
    const acting = this.#acting.get(authenticated)
    if (acting === undefined) return undefined
    const holder = await this.#holder(acting.checked)
    if (holder === undefined || holder.identity.keyId === acting.holder.identity.keyId)
      return undefined
    const now = limitedTo(holder, acting.checked)
    if (now === undefined || sharedNow() >= (now.expiresAtMs ?? Infinity)) return undefined
    this.#acting.set(now, { holder, checked: acting.checked })
    return now
  }

  /** Forgets every checked token: an account or a key has changed. */
  forget(): void {
    this.#forgotten += 1
    this.#known.clear()
    // What has changed during a check may not be in it.
    this.#checking.clear()
  }

  #remembered(hash: string): Authenticated | undefined {
    const known = this.#known.get(hash)
    if (known === undefined) return undefined
    const { expiresAtMs = Infinity } = known.authenticated
    if (performance.now() < known.until && sharedNow() < expiresAtMs) return known.authenticated
    this.#known.delete(hash)
    return undefined
  }

  async #shared(token: string, hash: string, headers: IncomingHttpHeaders): Promise<Authenticated> {
    let checking = this.#checking.get(hash)
    if (checking === undefined) {
      const begun = this.#checked(token, hash, this.#clients.get(headers)?.ip ?? '')
      checking = begun
      this.#checking.set(hash, begun)
      const end = (): void => {
        if (this.#checking.get(hash) === begun) this.#checking.delete(hash)
      }
      begun.then(end, end)
    }
    try {
      return await checking
    } catch (error) {
      if (error instanceof LacksScopeError) this.#lackScope.add(headers)
      throw error
    }
  }

  async #checked(token: string, hash: string, client: string): Promise<Authenticated> {
    using _place = this.#enter(client)
    const { check, onRefused } = this.#input
    const forgotten = this.#forgotten
    const checked = await check.check(token)
    const holder = await this.#holder(checked)
    if (holder === undefined) {
      onRefused('no login fits it, or the account has no valid key of that name')
      throw new CodedError('ACCESS_DENIED', 'No account of this hub accepts this token.')
    }
    const authenticated = limitedTo(holder, checked)
    if (authenticated === undefined) throw new LacksScopeError()
    this.#acting.set(authenticated, { holder, checked })
    if (forgotten === this.#forgotten) this.#remember(hash, authenticated)
    return authenticated
  }

  #enter(client: string): Disposable {
    const own = this.#checksOf.get(client) ?? 0
    if (own >= MAX_CHECKS_OF_CLIENT) throw overloaded('Too many tokens of this client')
    if (this.#checks >= MAX_CHECKS) throw overloaded('Too many tokens')
    this.#checks += 1
    this.#checksOf.set(client, own + 1)
    return {
      [Symbol.dispose]: () => {
        this.#checks -= 1
        const left = (this.#checksOf.get(client) ?? 1) - 1
        if (left === 0) this.#checksOf.delete(client)
        else this.#checksOf.set(client, left)
      },
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

function overloaded(what: string): CodedError {
  return new CodedError('OVERLOADED', `${what} are being checked; ask again.`, {
    retryAfterMs: RETRY_AFTER_MS,
  })
}

/**
 * What the key has and the token names, until the earlier end of the two; what the rights are stored for ends with the token. Undefined for a token that names no
 * scope of the key.
 */
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
    identity: Object.freeze({ ...limited, rightsEndAtMs: expiresAtMs }),
    expiresAtMs: Math.min(expiresAtMs, holder.expiresAtMs ?? Infinity),
  })
}
