import { createHmac, createSecretKey, hkdfSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { constantTimeEqual } from './hash.ts'
import { keyBytes } from './key-bytes.ts'

const KEY_BYTES = 32

/** Hashes that only holders of a key can compute, so that a short text can't be guessed from its hash. */
export interface KeyedHash {
  /** HMAC-SHA256 of the text with the first key: 64 hexadecimal digits. */
  of(text: string): string
  /** Is it the hash of the text with one of the keys? Takes the same time wherever they differ. */
  matches(text: string, hash: string): boolean
}

/**
 * A keyed hash for one purpose. Each key (base64 of 32 bytes) gives a key of its own for the purpose, so that no other signature is such a
 * hash. The first key hashes, all are recognised. Throws SecretError BAD_KEY, and TypeError without a key.
 */
export function createKeyedHash(keys: readonly string[], purpose: string): KeyedHash {
  const derived = keys.map((key) =>
    createSecretKey(
      Buffer.from(
        hkdfSync('sha256', keyBytes(key, 'hash key'), '', `alkhub.hash.v1.${purpose}`, KEY_BYTES),
      ),
    ),
  )
  const [first] = derived
  if (first === undefined) throw new TypeError('A keyed hash needs a key.')
  const hashWith = (key: KeyObject, text: string): string =>
    createHmac('sha256', key).update(text).digest('hex')
  return {
    of: (text) => hashWith(first, text),
    matches: (text, hash) =>
      derived.filter((key) => constantTimeEqual(hashWith(key, text), hash)).length > 0,
  }
}
