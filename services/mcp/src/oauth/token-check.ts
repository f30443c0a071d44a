import type { McpOauthConfig } from '@alkdev/config'
import { CodedError } from '@alkdev/errors'
import type { JsonReader } from '@alkdev/outbound'
import { decodeJwt, errors, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import { IssuerKeys } from './issuer-keys.ts'

type Issuer = McpOauthConfig['issuers'][number]

/** A longer text is no token. */
const MAX_TOKEN_LENGTH = 16_384
/** The last instant that rows hold and dates write in the usual form: some issuers mean `never` by a later one. */
const LAST_END_MS = Date.UTC(9999, 11, 31)

export interface CheckedToken {
  readonly issuer: Issuer
  readonly claims: Readonly<JWTPayload>
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number
}

export interface TokenCheckOptions {
  readonly issuers: readonly Issuer[]
  /** What a token may name as its audience. */
  readonly resources: readonly string[]
  readonly reader: Pick<JsonReader, 'read'>
  readonly onKeysFailed: (issuer: string, error: unknown) => void
  /** Why a token was refused, for the log. */
  readonly onRefused: (reason: string) => void
}

/** True for a text that has the form of a signed JSON Web Token, which no API key has. */
export function isToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)
}

/** Checks access tokens (RFC 9068): issuer, signature, audience (RFC 8707), and that they are valid now. */
export class TokenCheck {
  readonly #options: TokenCheckOptions
  readonly #issuers: ReadonlyMap<string, { readonly issuer: Issuer; readonly keys: IssuerKeys }>

  constructor(options: TokenCheckOptions) {
    this.#options = options
    const { reader, onKeysFailed } = options
    this.#issuers = new Map(
      options.issuers.map((issuer) => {
        const keys = new IssuerKeys({
          address: issuer,
          reader,
          onFailure: (error) => onKeysFailed(issuer.issuer, error),
        })
        return [issuer.issuer, { issuer, keys }]
      }),
    )
  }

  /** Throws UNAUTHENTICATED, without saying which check failed, and UNAVAILABLE when the keys of the issuer are not known. */
  async check(token: string): Promise<CheckedToken> {
    const { resources, onRefused } = this.#options
    const known = this.#issuers.get(issuerOf(token) ?? '')
    if (known === undefined) {
      onRefused('it has no issuer that is configured')
      throw notValid()
    }
    const { issuer, keys } = known
    try {
      const { payload } = await jwtVerify(token, keys.get, {
        issuer: issuer.issuer,
        audience: [...resources, ...issuer.audiences],
        algorithms: [...issuer.algorithms],
        clockTolerance: issuer.clockSkewMs / 1000,
        requiredClaims: ['exp', 'sub'],
      })
      return {
        issuer,
        claims: payload,
        expiresAtMs: Math.min(
          LAST_END_MS,
          Math.floor((payload.exp ?? 0) * 1000) + issuer.clockSkewMs,
        ),
      }
    } catch (error) {
      if (error instanceof CodedError) throw error
      onRefused(
        error instanceof errors.JOSEError ? `${error.code}: ${error.message}` : 'it is malformed',
      )
      throw notValid()
    }
  }
}

export function notValid(): CodedError {
  return new CodedError('UNAUTHENTICATED', 'The token is not valid.')
}

/** The issuer that a token claims to have. */
function issuerOf(token: string): string | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}
