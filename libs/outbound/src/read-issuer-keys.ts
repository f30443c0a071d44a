import type { JsonReader } from './json-reader.ts'

const MAX_KEYS = 64
const ASYMMETRIC = new Set(['RSA', 'EC', 'OKP'])

/** A public key as JSON (RFC 7517). */
export type PublicJwk = Readonly<Record<string, unknown>> & { readonly kty: string }

export interface IssuerAddress {
  readonly issuer: string
  /** Default: as its metadata names it. */
  readonly jwksUrl?: string | undefined
}

/**
 * The public keys of an authorization server, at most 64. A shared secret among them is left out, so that nothing can be checked with one. Rejects with an Error
 * that says why.
 */
export async function readIssuerKeys(
  { issuer, jwksUrl }: IssuerAddress,
  reader: Pick<JsonReader, 'read'>,
): Promise<PublicJwk[]> {
  const { keys } = await reader.read(jwksUrl ?? (await jwksUrlOf(issuer, reader)))
  if (!Array.isArray(keys)) throw new Error('its key set has no keys')
  if (keys.length > MAX_KEYS) throw new Error(`its key set has more than ${MAX_KEYS} keys`)
  return keys.filter(isPublic)
}

/** As the metadata of the server says (OpenID Connect Discovery, RFC 8414). */
async function jwksUrlOf(issuer: string, reader: Pick<JsonReader, 'read'>): Promise<string> {
  const failures: unknown[] = []
  for (const url of metadataUrls(issuer)) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the second one only if the first is not there
      const { issuer: named, jwks_uri: found } = await reader.read(url)
      if (named !== issuer) throw new Error('its metadata is that of another issuer')
      if (typeof found === 'string' && /^https?:$/.test(URL.parse(found)?.protocol ?? ''))
        return found
      throw new Error('its metadata names no keys')
    } catch (error) {
      failures.push(error)
    }
  }
  throw failures[0]
}

function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

function isPublic(key: unknown): key is PublicJwk {
  return (
    typeof key === 'object' &&
    key !== null &&
    'kty' in key &&
    typeof key.kty === 'string' &&
    ASYMMETRIC.has(key.kty)
  )
}
