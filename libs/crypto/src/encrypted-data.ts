import { SecretError } from './secret-error.ts'

/** A sealed value as it lies in a file or a row. Texts are base64. */
export interface EncryptedData {
  /** Version of the key in the ring that sealed it; 0 for the master key of a config file. */
  readonly keyVersion: number
  /** 16 random bytes that the record's own key is derived with. */
  readonly salt: string
  /** The 12-byte nonce. */
  readonly iv: string
  /** Ciphertext followed by the 16-byte tag. */
  readonly data: string
  /** Rounds of PBKDF2, only when it was sealed with a passphrase. */
  readonly iterations?: number
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** Has it the shape of EncryptedData? Whether it opens is another matter. */
export function isEncryptedData(value: unknown): value is EncryptedData {
  if (typeof value !== 'object' || value === null) return false
  const { keyVersion, salt, iv, data, iterations } = value as Record<string, unknown>
  return (
    Number.isSafeInteger(keyVersion) &&
    (keyVersion as number) >= 0 &&
    isText(salt) &&
    isText(iv) &&
    isText(data) &&
    (iterations === undefined || (Number.isSafeInteger(iterations) && (iterations as number) > 0))
  )
}

/** The bytes of a base64 field; throws SecretError MALFORMED when the text is not base64 or too short or long. */
export function fieldBytes(
  record: string,
  field: string,
  text: string,
  size: { readonly exactly: number } | { readonly atLeast: number },
): Buffer {
  const bytes = Buffer.from(text, 'base64')
  const fits = 'exactly' in size ? bytes.length === size.exactly : bytes.length >= size.atLeast
  if (fits && bytes.toString('base64') === text) return bytes
  throw new SecretError('MALFORMED', record, `the field ${field} is damaged or cut off`)
}
