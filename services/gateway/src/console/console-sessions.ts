import { createHash, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Authenticated } from '@alkdev/contracts'
import { SCOPES } from '@alkdev/contracts'
import { createMessageSealer } from '@alkdev/crypto'
import type { MessageSealer } from '@alkdev/crypto'
import { CodedError } from '@alkdev/errors'
import type { Identity, OperationContext } from '@alkdev/operations'
import { busKeysOf } from '@alkdev/service'
import { sharedNow } from '@alkdev/std'
import { getExpirationTime } from 'keypal'
import type { GatewayContext } from '../context.ts'
import { issueKey } from '../operations/keys/issue-key.ts'
import { keyFailure } from '../operations/keys/key-view.ts'
import {
  CONSOLE_SESSION_MS,
  CONSOLE_TAG,
  coversLogIn,
  endConsoleKey,
  parentTag,
} from './console-keys.ts'
import { cookieValue } from './cookie.ts'
import { ParentKeys } from './parent-keys.ts'
import { parseSealed } from './sealed-session.ts'
import type { SealedSession } from './sealed-session.ts'

/** Time for which a link can be used. */
const LINK_MS = 5 * 60 * 1000
const LINK_BYTES = 32
const LINK_PATTERN = /^[\w-]{43}$/

export interface OpenedSession {
  /** The value of the cookie. */
  readonly cookie: string
  readonly expiresAtMs: number
}

export interface ConsoleLink {
  readonly token: string
  readonly expiresInMs: number
}

/**
 * The log-ins of the console. A log-in makes a key whose secret is dropped at once; its id is sealed in a cookie. The key has the
 * rights of the key that logged in except `spokes:attach`. The cookie ends after 12 hours, with one of the two keys, or when the key that logged in
 * has lost a right. A link logs in once, for five minutes.
 */
export class ConsoleSessions {
  readonly #gateway: GatewayContext
  readonly #sealer: MessageSealer
  readonly #parents: ParentKeys
  readonly #place: string
  readonly cookieName: string

  constructor(gateway: GatewayContext) {
    const { config, deploymentId } = gateway.runtime
    this.#gateway = gateway
    this.#sealer = createMessageSealer(busKeysOf(config))
    this.#place = `console.session.${deploymentId}`
    // Cookies do not tell ports apart: another hub on this host gets another name.
    this.cookieName = `alkhub_console_${deploymentId.slice(0, 8)}`
    this.#parents = new ParentKeys(gateway.runtime)
  }

  /** Logs in with the rights of a key that was checked. Throws what `keys.create` throws. */
  async open(context: OperationContext & { readonly identity: Identity }): Promise<OpenedSession> {
    const { identity } = context
    if (identity.keyId === undefined) throw notLoggedIn()
    try {
      const { record } = await issueKey(this.#gateway, context, {
        ownerId: identity.id,
        name: 'Console',
        description: `Made by a log-in to the console with the key ${identity.keyId}.`,
        scopes: identity.scopes.filter((scope) => scope !== SCOPES.SPOKES_ATTACH),
        resources: copyOf(identity.resources),
        tags: [CONSOLE_TAG, parentTag(identity.keyId)],
      })
      const endsAtMs = getExpirationTime(record.metadata.expiresAt)
      const expiresAtMs = Math.min(endsAtMs, sharedNow() + CONSOLE_SESSION_MS)
      const session: SealedSession = {
        keyId: record.id,
        parentKeyId: identity.keyId,
        expiresAtMs,
      }
      return { cookie: this.#sealer.seal(JSON.stringify(session), this.#place), expiresAtMs }
    } catch (error) {
      throw keyFailure(error, '')
    }
  }

  /**
   * The key of a cookie. Throws UNAUTHENTICATED unless that key is valid and the one that logged in has its rights, UNAVAILABLE when they can't be
   * looked up.
   */
  async authenticate(headers: IncomingHttpHeaders): Promise<Authenticated> {
    const session = this.#sessionOf(headers)
    if (session === undefined) throw notLoggedIn()
    const { authenticator } = this.#gateway.runtime
    // Before the look-up: a change that comes during it is noticed.
    this.#parents.note(session)
    const [own, parent] = await Promise.all([
      authenticator.recheck({ id: '', scopes: [], keyId: session.keyId }),
      authenticator.recheck({ id: '', scopes: [], keyId: session.parentKeyId }),
    ])
    if (own === undefined) throw notLoggedIn()
    if (parent === undefined || !coversLogIn(parent.identity, own.identity)) {
      await endConsoleKey(this.#gateway.runtime, session.keyId)
      throw notLoggedIn()
    }
    return own
  }

  /** Logs out: the key of the cookie is revoked, and what was started with it goes on with the key that logged in. Without a valid cookie nothing happens. */
  async close(headers: IncomingHttpHeaders): Promise<void> {
    const session = this.#sessionOf(headers)
    if (session !== undefined)
      await endConsoleKey(this.#gateway.runtime, session.keyId, session.parentKeyId)
  }

  /** Makes a link with which a browser logs in once, with the rights that the key has then. */
  async link({ keyId }: Identity): Promise<ConsoleLink> {
    if (keyId === undefined) throw notLoggedIn()
    const token = randomBytes(LINK_BYTES).toString('base64url')
    await this.#redis(({ redis }) => redis.set(this.#linkKey(token), keyId, 'PX', LINK_MS))
    return { token, expiresInMs: LINK_MS }
  }

  /**
   * The key that made the link, which can't be used again. Throws UNAUTHENTICATED for a link that was used, is too old, or whose key is no longer
   * valid. Throws CONFLICT, and leaves the link as it is, when the browser is logged in as another account: any page can open a link in it.
   */
  async redeem(token: string, headers: IncomingHttpHeaders): Promise<Authenticated> {
    const isLink = LINK_PATTERN.test(token)
    const noted = isLink
      ? await this.#redis(({ redis }) => redis.get(this.#linkKey(token)))
      : undefined
    const { authenticator } = this.#gateway.runtime
    const found = noted && (await authenticator.recheck({ id: '', scopes: [], keyId: noted }))
    if (!found) throw deadLink()
    const before = await this.authenticate(headers).catch((error: unknown) => {
      if (CodedError.from(error).code === 'UNAUTHENTICATED') return undefined
      throw error
    })
    if (before !== undefined && before.identity.id !== found.identity.id)
      throw new CodedError(
        'CONFLICT',
        'This browser is logged in as another account. Log out there first, then open the link again.',
      )
    const used = await this.#redis(({ redis }) => redis.getdel(this.#linkKey(token)))
    if (used === null) throw deadLink()
    return found
  }

  #linkKey(token: string): string {
    const { prefix } = this.#gateway.runtime.config.redis
    return `${prefix}:console:link:${createHash('sha256').update(token).digest('hex')}`
  }

  #sessionOf(headers: IncomingHttpHeaders): SealedSession | undefined {
    const sealed = cookieValue(headers.cookie, this.cookieName)
    const text = sealed === undefined ? undefined : this.#sealer.open(sealed, this.#place)
    const session = text === undefined ? undefined : parseSealed(text)
    return session !== undefined && session.expiresAtMs > sharedNow() ? session : undefined
  }

  async #redis<T>(work: (runtime: GatewayContext['runtime']) => Promise<T>): Promise<T> {
    try {
      return await work(this.#gateway.runtime)
    } catch (error) {
      const message = 'Links cannot be used now; log in with a key.'
      throw new CodedError('UNAVAILABLE', message, { cause: error })
    }
  }
}

function copyOf(resources: Identity['resources']): Record<string, string[]> {
  return Object.fromEntries(Object.entries(resources ?? {}).map(([on, may]) => [on, [...may]]))
}

function deadLink(): CodedError {
  return new CodedError(
    'UNAUTHENTICATED',
    'This link was used already or is older than five minutes. `./alkhub console` prints a new one.',
  )
}

function notLoggedIn(): CodedError {
  return new CodedError('UNAUTHENTICATED', 'You are not logged in to the console.')
}
