const BACKSLASH = 0x5c
const PERCENT = 0x25
const AMPERSAND = 0x26
/** A longer run of one escape is taken as text, so that what is held back stays small. */
const MAX_ESCAPE_BYTES = 32

/** `\u0041`, also escaped again (`\\u0041`), `\x41` and `\/`; `%41`, also encoded again (`%2541`); `&#65;` and `&#x41;`. */
const ESCAPE =
  /^(?:\\+u([0-9a-f]{4})|\\+x([0-9a-f]{2})|\\+(\/)|%(?:25){0,4}([0-9a-f]{2})|&#(?:x0{0,4}([0-9a-f]{1,4})|0{0,4}([0-9]{1,5}));)/i
/** What may become one when more bytes come. */
const BEGUN =
  /^(?:\\+(?:u[0-9a-f]{0,3}|x[0-9a-f]?)?|%(?:2(?:5(?:2(?:5(?:2(?:5(?:2(?:5)?)?)?)?)?)?)?)?[0-9a-f]?|&(?:#(?:x?[0-9a-f]{0,8})?)?)$/i

/** A whole escape of a percent sign that may be one level of a longer escape when more bytes come. */
const NESTED = /^%(?:25){1,4}[0-9a-f]?$/i

export interface Escape {
  /** The character that it stands for. */
  readonly code: number
  readonly bytes: number
}

export function mayBeginEscape(byte: number): boolean {
  return byte === BACKSLASH || byte === PERCENT || byte === AMPERSAND
}

/**
 * The escape at `at`; `begun` when it cannot be decided before more bytes come; undefined when there is none. `final`: no more bytes
 * come, so a whole escape is decided.
 */
export function escapeAt(bytes: Buffer, at: number, final: boolean): Escape | 'begun' | undefined {
  const text = bytes.toString('latin1', at, at + MAX_ESCAPE_BYTES)
  if (!final && NESTED.test(text)) return 'begun'
  const found = ESCAPE.exec(text)
  if (found === null)
    return at + MAX_ESCAPE_BYTES > bytes.length && BEGUN.test(text) ? 'begun' : undefined
  const [whole, json, byte, slash, percent, hex, decimal] = found
  const code =
    slash === undefined
      ? Number.parseInt(
          json ?? byte ?? percent ?? hex ?? decimal ?? '',
          decimal === undefined ? 16 : 10,
        )
      : 0x2f
  return { code, bytes: whole.length }
}
