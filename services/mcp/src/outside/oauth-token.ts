import type { OauthConfig } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { compact } from '@alkdev/std'

type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Milliseconds for one request to the token endpoint. */
const TOKEN_TIMEOUT_MS = 15_000
const MAX_TOKEN_BYTES = 64 * 1024
/** Lifetime in seconds of a token whose answer names none, and the longest that is believed. */
const DEFAULT_LIFETIME_S = 300
const MAX_LIFETIME_S = 86_400
/** Part of its lifetime after which a token is replaced. */
const USED_PART = 0.8

/** Access tokens by OAuth 2 client credentials (RFC 6749, section 4.4): one is shared until shortly before its end. */
export class OauthTokens {
  readonly #config: OauthConfig
  readonly #secret: string
  readonly #fetch: Fetch
  readonly #onToken: ((token: string) => void) | undefined
  #token: { readonly text: string; readonly until: number } | undefined
  #asking: Promise<string> | undefined

  /** `onToken`: called with each new token, before it is used. */
  constructor(
    config: OauthConfig,
    secret: string,
    fetch: Fetch,
    onToken?: (token: string) => void,
  ) {
    this.#config = config
    this.#secret = secret
    this.#fetch = fetch
    this.#onToken = onToken
  }

  /** The current token, or a new one. Concurrent callers share one request. Rejects with CallError. */
  get(): Promise<string> {
    if (this.#token !== undefined && performance.now() < this.#token.until)
      return Promise.resolve(this.#token.text)
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  /** The service has refused the token: the next one is requested, unless that has happened already. */
  refuse(text: string): void {
    if (this.#token?.text === text) this.#token = undefined
  }

  async #ask(): Promise<string> {
    const { tokenUrl, clientId, scope, audience } = this.#config
    const basic = `${encodeURIComponent(clientId)}:${encodeURIComponent(this.#secret)}`
    const response = await this.#fetch(tokenUrl, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(basic).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...compact({ scope, audience }),
      }).toString(),
      redirect: 'manual',
      signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw tokenError(`answers HTTP ${response.status}`)
    }
    const text = await response.text()
    if (text.length > MAX_TOKEN_BYTES) throw tokenError('answers with too much')
    const answer = parsed(text)
    const token = answer['access_token']
    if (typeof token !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(token))
      throw tokenError('answers without an access token')
    const seconds = Number(answer['expires_in'] ?? DEFAULT_LIFETIME_S)
    const lifetime = Number.isFinite(seconds) ? Math.min(MAX_LIFETIME_S, Math.max(1, seconds)) : 60
    this.#onToken?.(token)
    this.#token = { text: token, until: performance.now() + lifetime * 1000 * USED_PART }
    return token
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // The same error as for an answer of another form.
  }
  throw tokenError('answers with something else than a JSON object')
}

function tokenError(what: string): CallError {
  return new CallError('EXECUTION_ERROR', `The token endpoint ${what}.`, { reason: 'oauth' })
}
