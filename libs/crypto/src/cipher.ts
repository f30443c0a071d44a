import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { fieldBytes } from './encrypted-data.ts'
import type { EncryptedData } from './encrypted-data.ts'
import { KEY_BYTES } from './key-bytes.ts'
import { SecretError } from './secret-error.ts'

export const SALT_BYTES = 16
const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * The key of one record: HKDF-SHA256 of the ring's key with the record's salt. So no key seals more than one value, and the bound on
 * random nonces under one AES-GCM key (2^32 messages, NIST SP 800-38D section 8.3) is never near.
 */
export function recordKey(key: Uint8Array, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'alkhub.record.v1', KEY_BYTES))
}

/** What is authenticated beside the ciphertext: a value moved to another place or given another version does not open. */
function additionalData(keyVersion: number, place: string): Buffer {
  return Buffer.from(`alkhub.sealed.v1\0${keyVersion}\0${place}`)
}

export interface SealInput {
  readonly key: Uint8Array
  readonly keyVersion: number
  readonly salt: Uint8Array
  /** Where the value lies, for instance `client_secrets/<id>`; needed again to open it. */
  readonly place: string
  readonly plaintext: string | Uint8Array
}

/** AES-256-GCM with a random nonce; `key` is used as it is. */
export function seal(input: SealInput): EncryptedData {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', input.key, iv)
  cipher.setAAD(additionalData(input.keyVersion, input.place))
  const body = typeof input.plaintext === 'string' ? Buffer.from(input.plaintext) : input.plaintext
  const data = Buffer.concat([cipher.update(body), cipher.final(), cipher.getAuthTag()])
  return {
    keyVersion: input.keyVersion,
    salt: Buffer.from(input.salt).toString('base64'),
    iv: iv.toString('base64'),
    data: data.toString('base64'),
  }
}

/** Opens what `seal` made. Throws SecretError MALFORMED, or TAMPERED when key, place, version or bytes are not the ones it was sealed with. */
export function open(key: Uint8Array, sealed: EncryptedData, place: string): Buffer {
  const iv = fieldBytes(place, 'iv', sealed.iv, { exactly: IV_BYTES })
  const data = fieldBytes(place, 'data', sealed.data, { atLeast: TAG_BYTES })
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(additionalData(sealed.keyVersion, place))
  decipher.setAuthTag(data.subarray(data.length - TAG_BYTES))
  try {
    return Buffer.concat([
      decipher.update(data.subarray(0, data.length - TAG_BYTES)),
      decipher.final(),
    ])
  } catch (cause) {
    throw new SecretError(
      'TAMPERED',
      place,
      'sealed with another key, for another place, or changed since',
      {
        cause,
      },
    )
  }
}
