import { charsetOf } from './media-type.ts'

/**
 * The text of an answer: by its byte order mark, else by the `charset` of its content type, else as UTF-8. A charset that is not known is read as UTF-8.
 * Without a byte order mark in the text.
 */
export function decodeText(bytes: Uint8Array, contentType: string): string {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return decode(bytes, 'utf-8')
  if (first === 0xff && second === 0xfe) return decode(bytes, 'utf-16le')
  if (first === 0xfe && second === 0xff) return decode(bytes, 'utf-16be')
  const charset = charsetOf(contentType) ?? 'utf-8'
  // The bytes decide where the name leaves the order open: JSON begins with an ASCII character.
  if (/^utf-?16$/i.test(charset) && first === 0) return decode(bytes, 'utf-16be')
  return decode(bytes, charset)
}

function decode(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}

/** Whether bytes are text in UTF-8 without control characters. */
export function isText(bytes: Uint8Array): boolean {
  try {
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    return !/[\u0000-\u0008\u000E-\u001F]/.test(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    )
  } catch {
    return false
  }
}
