import { pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { SALT_BYTES, open, recordKey, seal } from './cipher.ts'
import { fieldBytes, isEncryptedData } from './encrypted-data.ts'
import type { EncryptedData } from './encrypted-data.ts'
import { KEY_BYTES, isRawKey, keyBytes } from './key-bytes.ts'
import { SecretError } from './secret-error.ts'

/** Rounds of PBKDF2-HMAC-SHA256 for new values (OWASP Password Storage Cheat Sheet, 2023). About 0.2 s. */
export const PASSPHRASE_ITERATIONS = 600_000
/** Fewer rounds than this are refused when opening, more than the maximum would block the start. */
const MIN_ITERATIONS = 100_000
const MAX_ITERATIONS = 10_000_000
const MIN_PASSPHRASE_CHARACTERS = 12
/** Differing salts of one file: each costs a derivation. */
const MAX_DERIVED = 64
const MASTER_VERSION = 0

const pbkdf2Async = promisify(pbkdf2)

/** The 32-byte key of a passphrase: PBKDF2-HMAC-SHA256 (RFC 8018), off the event loop. */
export async function derivePassphraseKey(
  passphrase: string,
  salt: Uint8Array,
  iterations: number = PASSPHRASE_ITERATIONS,
): Promise<Buffer> {
  return pbkdf2Async(passphrase.normalize('NFC'), salt, iterations, KEY_BYTES, 'sha256')
}

/**
 * The key that opens config files: 32 raw bytes, or a passphrase. One object derives a passphrase once per salt and seals with one
 * salt, so a file of many values costs one derivation. Never prints itself.
 */
export class MasterKey {
  readonly kind: 'raw' | 'passphrase'
  readonly #raw: Buffer | undefined
  readonly #passphrase: string
  readonly #derived = new Map<string, Promise<Buffer>>()
  readonly #salt = randomBytes(SALT_BYTES)

  /** `text` is the content of a master key file; blanks around it do not count. Throws SecretError BAD_KEY that says `name`. */
  constructor(text: string, name = 'master key') {
    const trimmed = text.trim()
    this.kind = isRawKey(trimmed) ? 'raw' : 'passphrase'
    this.#raw = this.kind === 'raw' ? keyBytes(trimmed, name) : undefined
    this.#passphrase = this.#raw === undefined ? trimmed : ''
    if (this.kind === 'passphrase' && trimmed.length < MIN_PASSPHRASE_CHARACTERS)
      throw new SecretError(
        'BAD_KEY',
        name,
        `is neither 32 bytes as base64 nor a passphrase of ${MIN_PASSPHRASE_CHARACTERS} characters or more`,
      )
  }

  async encrypt(plaintext: string | Uint8Array, place: string): Promise<EncryptedData> {
    const keyVersion = MASTER_VERSION
    if (this.#raw !== undefined) {
      const salt = randomBytes(SALT_BYTES)
      return seal({ key: recordKey(this.#raw, salt), keyVersion, salt, place, plaintext })
    }
    const salt = this.#salt
    const key = await this.#derive(salt, PASSPHRASE_ITERATIONS)
    return {
      ...seal({ key, keyVersion, salt, place, plaintext }),
      iterations: PASSPHRASE_ITERATIONS,
    }
  }

  /** Throws SecretError MALFORMED, TAMPERED, or WRONG_KIND_OF_KEY (a passphrase where a raw key is needed, or the other way round). */
  async decrypt(sealed: unknown, place: string): Promise<Buffer> {
    if (!isEncryptedData(sealed)) throw new SecretError('MALFORMED', place, 'is no sealed value')
    const salt = fieldBytes(place, 'salt', sealed.salt, { exactly: SALT_BYTES })
    return open(await this.#keyFor(sealed, salt, place), sealed, place)
  }

  async #keyFor(sealed: EncryptedData, salt: Buffer, place: string): Promise<Buffer> {
    const { iterations } = sealed
    if (iterations === undefined) {
      if (this.#raw !== undefined) return recordKey(this.#raw, salt)
      throw new SecretError(
        'WRONG_KIND_OF_KEY',
        place,
        'sealed with a raw key, but the master key is a passphrase or a cut-off key',
      )
    }
    if (this.#raw !== undefined)
      throw new SecretError(
        'WRONG_KIND_OF_KEY',
        place,
        'sealed with a passphrase, but the master key is a raw key',
      )
    if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS)
      throw new SecretError(
        'MALFORMED',
        place,
        `iterations must be ${MIN_ITERATIONS} to ${MAX_ITERATIONS}`,
      )
    return this.#derive(salt, iterations)
  }

  #derive(salt: Buffer, iterations: number): Promise<Buffer> {
    const id = `${iterations}:${salt.toString('base64')}`
    const known = this.#derived.get(id)
    if (known !== undefined) return known
    if (this.#derived.size >= MAX_DERIVED) this.#derived.clear()
    const derived = derivePassphraseKey(this.#passphrase, salt, iterations)
    this.#derived.set(id, derived)
    return derived
  }
}
