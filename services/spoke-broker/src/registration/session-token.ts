import { randomBytes } from 'node:crypto'
import { sha256Hex } from '@alkdev/crypto'

/** A token that proves that a later attach is a reconnect of this one. Only its hash is stored. */
export function newSessionToken(): { readonly token: string; readonly hash: string } {
  const token = randomBytes(24).toString('base64url')
  return { token, hash: sha256Hex(token) }
}

export function tokenHash(token: string): string {
  return sha256Hex(token)
}
