import type { McpOauthConfig } from '@alkdev/config'
import { findApiKeysByOwner, getAccountByEmail } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { sharedNow } from '@alkdev/std'

type Login = McpOauthConfig['issuers'][number]['logins'][number]
type Claims = Readonly<Record<string, unknown>>

export interface LoginKey {
  readonly accountId: string
  readonly keyId: string
}

/**
 * The key with which a token of these claims acts: that of the first login that fits, by its name at the account, the newest one that is valid. Undefined
 * when no login fits, or when there is no such account or key.
 */
export async function loginKey(
  db: Db,
  logins: readonly Login[],
  claims: Claims,
): Promise<LoginKey | undefined> {
  const login = logins.find((one) => fits(one, claims))
  const email = login && emailOf(login, claims)
  if (email === undefined) return undefined
  const account = await getAccountByEmail(db, email)
  if (account === undefined) return undefined
  const now = sharedNow()
  const keys = await findApiKeysByOwner(db, account.id)
  const key = keys.find(
    ({ name, enabled, revokedAt, rotatedTo, expiresAt }) =>
      name === login?.key &&
      enabled &&
      revokedAt === null &&
      rotatedTo === null &&
      (expiresAt === null || expiresAt.getTime() > now),
  )
  return key && { accountId: account.id, keyId: key.id }
}

/** Whether the token says all that the login wants. */
export function fits({ claims: wanted }: Login, claims: Claims): boolean {
  return Object.entries(wanted).every(([name, value]) => {
    const found = Object.hasOwn(claims, name) ? claims[name] : undefined
    return Array.isArray(found) ? found.includes(value) : found === value
  })
}

/** An address that the issuer has not verified names no account. */
export function emailOf({ account, accountClaim }: Login, claims: Claims): string | undefined {
  if (account !== undefined) return account
  if (accountClaim === undefined || !Object.hasOwn(claims, accountClaim)) return undefined
  if (accountClaim === 'email' && claims['email_verified'] !== true) return undefined
  const found = claims[accountClaim]
  return typeof found === 'string' && found.length <= 320 ? found : undefined
}

/** The scopes that a token names (`scope` of RFC 9068, or `scp`). */
export function scopesOf(claims: Claims): string[] {
  const given = claims['scope'] ?? claims['scp']
  if (typeof given === 'string') return given.split(' ').filter((scope) => scope !== '')
  if (Array.isArray(given)) return given.filter((scope) => typeof scope === 'string')
  return []
}
