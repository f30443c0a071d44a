import { randomBytes } from 'node:crypto'
import { SecretError } from './secret-error.ts'

/** Bytes of an AES-256 or HMAC-SHA256 key. */
export const KEY_BYTES = 32

const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/]{43}=$/

/** A new random 32-byte key as base64 (44 characters). */
export function generateKey(): string {
  return randomBytes(KEY_BYTES).toString('base64')
}

export function isRawKey(text: string): boolean {
  return BASE64_OF_32_BYTES.test(text)
}

/** The 32 bytes of a base64 key. Throws SecretError BAD_KEY that says `name` and never the text. */
export function keyBytes(key: string | Uint8Array, name: string): Buffer {
  if (typeof key !== 'string') {
    if (key.length >= KEY_BYTES) return Buffer.from(key)
    throw new SecretError('BAD_KEY', name, `a key has at least ${KEY_BYTES} bytes`)
  }
  if (isRawKey(key)) return Buffer.from(key, 'base64')
  throw new SecretError('BAD_KEY', name, `a key is ${KEY_BYTES} bytes as base64 (44 characters)`)
}
