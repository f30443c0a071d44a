import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { KEY_BYTES, keyBytes } from './key-bytes.ts'

const IV_BYTES = 12
const TAG_BYTES = 16

export interface MessageSealer {
  /** The message as base64: nonce, AES-256-GCM ciphertext, tag. `place` is authenticated with it and needed again to open it. */
  seal(message: string, place: string): string
  /** The message, or undefined for what another key sealed, for another place, or what was changed. */
  open(sealed: string, place: string): string | undefined
}

/**
 * Seals messages under a key derived (HKDF-SHA256) from a shared one, which may so be used for signing too. The first key seals, all
 * open, so that a key can be replaced without a gap. `keys`: base64 of 32 bytes each. Nonces are random: one key is good for 2^32
 * messages (NIST SP 800-38D section 8.3), so this is for the few messages that hold a secret.
 */
export function createMessageSealer(keys: readonly string[]): MessageSealer {
  const derived = keys.map((key) => {
    const bytes = keyBytes(key, 'message key')
    return Buffer.from(hkdfSync('sha256', bytes, '', 'alkhub.message.v1', KEY_BYTES))
  })
  const [first] = derived
  if (first === undefined) throw new TypeError('a sealer needs at least one key')
  return {
    seal(message, place) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', first, iv)
      cipher.setAAD(Buffer.from(place))
      const body = cipher.update(message, 'utf8')
      return Buffer.concat([iv, body, cipher.final(), cipher.getAuthTag()]).toString('base64')
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed, 'base64')
      if (bytes.length < IV_BYTES + TAG_BYTES) return undefined
      for (const key of derived) {
        const message = opened(key, bytes, place)
        if (message !== undefined) return message
      }
      return undefined
    },
  }
}

function opened(key: Buffer, bytes: Buffer, place: string): string | undefined {
  const iv = bytes.subarray(0, IV_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
  const body = decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES))
  try {
    return Buffer.concat([body, decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
