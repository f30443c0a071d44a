import { createHmac, hkdfSync } from 'node:crypto'
import { constantTimeEqual } from './hash.ts'
import { KEY_BYTES, keyBytes } from './key-bytes.ts'

const VERSION = 'alkt1'
const MAX_TOKEN_CHARACTERS = 8 * 1024

export interface TokenOptions {
  /** What the token is for; a token of one purpose is worth nothing for another. Default `grant`. */
  readonly purpose?: string
  /** Milliseconds since the epoch. Default now. */
  readonly nowMs?: number
}

export type TokenResult =
  | { readonly valid: true; readonly payload: unknown; readonly expiresAtMs: number }
  | { readonly valid: false; readonly reason: 'malformed' | 'signature' | 'expired' }

function mac(body: string, key: string | Uint8Array, purpose: string): string {
  // A key of its own per purpose: what the same key signs elsewhere can't be shown as a token.
  const derived = hkdfSync(
    'sha256',
    keyBytes(key, 'token key'),
    '',
    `alkhub.token.${purpose}`,
    KEY_BYTES,
  )
  return createHmac('sha256', new Uint8Array(derived)).update(body).digest('base64url')
}

/**
 * A token `alkt1.<body>.<mac>` that contains `payload` (plain JSON, readable by every holder of the token) and is valid for `ttlMs`.
 * Throws RangeError when it would be over 8 KiB.
 */
export function signToken(
  payload: unknown,
  key: string | Uint8Array,
  ttlMs: number,
  options: TokenOptions = {},
): string {
  const expiresAtMs = (options.nowMs ?? Date.now()) + ttlMs
  const body = `${VERSION}.${Buffer.from(JSON.stringify({ e: expiresAtMs, p: payload })).toString('base64url')}`
  const token = `${body}.${mac(body, key, options.purpose ?? 'grant')}`
  if (token.length > MAX_TOKEN_CHARACTERS)
    throw new RangeError('the payload of a token is too large')
  return token
}

/** Checks signature, purpose and time. Never throws for a bad token. */
export function verifyToken(
  token: string,
  key: string | Uint8Array,
  options: TokenOptions = {},
): TokenResult {
  if (token.length > MAX_TOKEN_CHARACTERS) return { valid: false, reason: 'malformed' }
  const [version, encoded, signature, ...rest] = token.split('.')
  if (version !== VERSION || !encoded || !signature || rest.length > 0)
    return { valid: false, reason: 'malformed' }
  const body = `${version}.${encoded}`
  if (!constantTimeEqual(mac(body, key, options.purpose ?? 'grant'), signature))
    return { valid: false, reason: 'signature' }
  const { e: expiresAtMs, p: payload } = JSON.parse(
    Buffer.from(encoded, 'base64url').toString(),
  ) as {
    e: number
    p: unknown
  }
  if (expiresAtMs <= (options.nowMs ?? Date.now())) return { valid: false, reason: 'expired' }
  return { valid: true, payload, expiresAtMs }
}
