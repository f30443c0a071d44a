import { randomFillSync } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { ApiKeyError } from './errors.ts'

const BASE62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Fewer random bits than this could be guessed, because the stored hash is fast and has no salt of its own. */
const MIN_RANDOM_BITS = 128
const MAX_KEY_CHARACTERS = 512

export interface KeyFormatOptions {
  /** Prepended; required at verification. */
  readonly prefix?: string
  /** Random characters. Default 32. At least 128 bits' worth. */
  readonly length?: number
  /** Distinct letters, digits, `-` or `_`. Default A-Z a-z 0-9. */
  readonly alphabet?: string
  /** End with a checksum, so that mistyped and made-up keys are refused without a look-up. Default true. */
  readonly checksum?: boolean
}

export interface KeyFormat {
  /** A new key: prefix, random part, checksum. */
  generate(): string
  /** Has it the length and the prefix of a key? Much cheaper than `accepts`. */
  resembles(key: string): boolean
  /** Could it be a key: alphabet and checksum too? Says nothing about whether it is one. */
  accepts(key: string): boolean
  /** What may be shown of a key: the prefix and four characters. */
  hint(key: string): string
}

function invalid(message: string): ApiKeyError {
  return new ApiKeyError('INVALID_INPUT', { message })
}

function checkOptions(prefix: string, length: number, alphabet: string): void {
  if (!/^[\w-]{2,128}$/.test(alphabet) || new Set(alphabet).size !== alphabet.length)
    throw invalid('The alphabet must be 2 to 128 different letters, digits, "-" or "_".')
  if (!Number.isInteger(length) || length * Math.log2(alphabet.length) < MIN_RANDOM_BITS)
    throw invalid(`The length must give at least ${MIN_RANDOM_BITS} random bits.`)
  if (!/^[\w-]*$/.test(prefix) || prefix.length + length > MAX_KEY_CHARACTERS)
    throw invalid(
      'The prefix must be letters, digits, "-" or "_", and the key no longer than 512 characters.',
    )
}

/** `length` characters without bias: bytes beyond the largest multiple of the alphabet's size are thrown away. */
function randomText(length: number, alphabet: string): string {
  const limit = 256 - (256 % alphabet.length)
  const bytes = Buffer.allocUnsafe(length * 2)
  let text = ''
  while (text.length < length) {
    randomFillSync(bytes)
    for (const byte of bytes) {
      if (byte < limit) text += alphabet.charAt(byte % alphabet.length)
      if (text.length === length) break
    }
  }
  return text
}

/** How keys look: `<prefix><random><checksum>`. Throws ApiKeyError INVALID_INPUT for options that give weak or ambiguous keys. */
export function createKeyFormat(options: KeyFormatOptions = {}): KeyFormat {
  const { prefix = '', length = 32, alphabet = BASE62, checksum = true } = options
  checkOptions(prefix, length, alphabet)
  const base = alphabet.length
  const checksumLength = checksum ? Math.ceil(32 / Math.log2(base)) : 0
  const total = prefix.length + length + checksumLength
  const isOurs = new Uint8Array(128)
  const digitOf = new Uint8Array(128)
  for (let digit = 0; digit < base; digit++) {
    isOurs[alphabet.charCodeAt(digit)] = 1
    digitOf[alphabet.charCodeAt(digit)] = digit
  }

  function checksumOf(body: string): string {
    let rest = crc32(body)
    let text = ''
    for (let at = 0; at < checksumLength; at++) {
      text = alphabet.charAt(rest % base) + text
      rest = Math.floor(rest / base)
    }
    return text
  }

  const resembles = (key: string): boolean =>
    typeof key === 'string' && key.length === total && key.startsWith(prefix)

  return {
    generate() {
      const body = prefix + randomText(length, alphabet)
      return body + checksumOf(body)
    },
    resembles,
    accepts(key) {
      if (!resembles(key)) return false
      for (let at = prefix.length; at < total; at++)
        if (isOurs[key.charCodeAt(at)] !== 1) return false
      if (!checksum) return true
      let claimed = 0
      for (let at = total - checksumLength; at < total; at++)
        claimed = claimed * base + (digitOf[key.charCodeAt(at)] ?? 0)
      return claimed === crc32(key.slice(0, total - checksumLength))
    },
    hint: (key) => key.slice(0, prefix.length + 4),
  }
}
