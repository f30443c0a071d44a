import { randomBytes } from 'node:crypto'
import { SALT_BYTES, open, recordKey, seal } from './cipher.ts'
import { fieldBytes, isEncryptedData } from './encrypted-data.ts'
import type { EncryptedData } from './encrypted-data.ts'
import { generateKey, isRawKey, keyBytes } from './key-bytes.ts'
import { SecretError } from './secret-error.ts'

/** One key of a ring: `v<version>:<base64>`. */
export interface KeyRingEntry {
  readonly version: number
  /** 32 bytes as base64. */
  readonly key: string
}

const ENTRY = /^v([1-9][0-9]{0,8}):(.*)$/
const MAX_ENTRIES = 64

/**
 * The entries of `v1:base64,v2:base64`, in order. Throws SecretError BAD_KEY that lists every wrong entry by number and version,
 * never by value. `name` is what the text is called in the message.
 */
export function parseKeyRing(text: string, name = 'encryptionKeys'): KeyRingEntry[] {
  const wrong: string[] = []
  const seen = new Set<number>()
  const parts = text.split(',')
  if (parts.length > MAX_ENTRIES)
    throw new SecretError('BAD_KEY', name, `at most ${MAX_ENTRIES} keys are allowed`)
  const entries = parts.map((part, index) => {
    const [, digits = '', key = ''] = ENTRY.exec(part.trim()) ?? []
    const version = Number(digits)
    if (digits === '') wrong.push(`entry ${index + 1} is not of the form v<number>:<key>`)
    else if (!isRawKey(key)) wrong.push(`the key of v${version} is not 32 bytes as base64`)
    else if (seen.has(version)) wrong.push(`v${version} is there twice`)
    seen.add(version)
    return { version, key }
  })
  if (wrong.length > 0) throw new SecretError('BAD_KEY', name, wrong.join('; '))
  return entries
}

export function formatKeyRing(entries: readonly KeyRingEntry[]): string {
  return entries.map((entry) => `v${entry.version}:${entry.key}`).join(',')
}

/** A ring of one new key, as text. */
export function generateKeyRing(): string {
  return formatKeyRing([{ version: 1, key: generateKey() }])
}

/** The ring with a new key as the last one: every instance can read it before any writes with it. */
export function addKey(entries: readonly KeyRingEntry[]): KeyRingEntry[] {
  const version = Math.max(0, ...entries.map((entry) => entry.version)) + 1
  return [...entries, { version, key: generateKey() }]
}

/** The ring with `version` in front, so that it seals from now on. Throws SecretError KEY_VERSION_MISSING. */
export function promoteKey(entries: readonly KeyRingEntry[], version: number): KeyRingEntry[] {
  const chosen = entries.find((entry) => entry.version === version)
  if (chosen === undefined)
    throw new SecretError('KEY_VERSION_MISSING', 'encryptionKeys', `has no v${version}`)
  return [chosen, ...entries.filter((entry) => entry !== chosen)]
}

/** Keys by version; the first one seals, all open. Never prints a key. */
export class KeyRing {
  readonly #keys = new Map<number, Buffer>()
  /** Version that seals. */
  readonly current: number
  /** All versions, the current one first. */
  readonly versions: readonly number[]

  constructor(entries: readonly KeyRingEntry[]) {
    const first = entries[0]
    if (first === undefined) throw new SecretError('BAD_KEY', 'encryptionKeys', 'the ring is empty')
    for (const { version, key } of entries) this.#keys.set(version, keyBytes(key, `v${version}`))
    this.current = first.version
    this.versions = entries.map((entry) => entry.version)
  }

  /** From `v1:base64,v2:base64`; see parseKeyRing. */
  static parse(text: string, name?: string): KeyRing {
    return new KeyRing(parseKeyRing(text, name))
  }

  has(version: number): boolean {
    return this.#keys.has(version)
  }

  /** Seals with the current key. `place` is where the value will lie (`client_secrets/<id>`); it must be given again to open it. */
  encrypt(plaintext: string | Uint8Array, place: string): EncryptedData {
    const salt = randomBytes(SALT_BYTES)
    const key = recordKey(this.#key(this.current, place), salt)
    return seal({ key, keyVersion: this.current, salt, place, plaintext })
  }

  /** Opens with the key of its version. Throws SecretError KEY_VERSION_MISSING, MALFORMED or TAMPERED, all of which say `place`. */
  decrypt(sealed: unknown, place: string): Buffer {
    if (!isEncryptedData(sealed)) throw new SecretError('MALFORMED', place, 'is no sealed value')
    const key = this.#key(sealed.keyVersion, place)
    const salt = fieldBytes(place, 'salt', sealed.salt, { exactly: SALT_BYTES })
    return open(recordKey(key, salt), sealed, place)
  }

  decryptText(sealed: unknown, place: string): string {
    return this.decrypt(sealed, place).toString('utf8')
  }

  #key(version: number, place: string): Buffer {
    const key = this.#keys.get(version)
    if (key !== undefined) return key
    throw new SecretError(
      'KEY_VERSION_MISSING',
      place,
      `sealed with key v${version}, which the key ring does not have`,
    )
  }
}
