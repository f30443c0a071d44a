import { charsetOf, mediaTypeOf } from './media-type.ts'

/**
 * The text of an answer: by its byte order mark, else by the `charset` of its content type, else by the declaration of XML, HTML or CSS,
 * else as UTF-8. A charset that is not known is read as UTF-8. Without a byte order mark in the text.
 */
export function decodeText(bytes: Uint8Array, contentType: string): string {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return decode(bytes, 'utf-8')
  if (first === 0xff && second === 0xfe) return decode(bytes, 'utf-16le')
  if (first === 0xfe && second === 0xff) return decode(bytes, 'utf-16be')
  const charset = charsetOf(contentType) ?? declaredCharset(bytes, contentType) ?? 'utf-8'
  // If the name does not define the byte order, the bytes do: JSON begins with an ASCII character.
  if (/^utf-?16$/i.test(charset) && first === 0) return decode(bytes, 'utf-16be')
  return decode(bytes, charset)
}

/** Bytes of a document that are searched for its declaration: 1024 as in the HTML standard. */
const MAX_DECLARATION_BYTES = 1024

/** The encoding that a document declares in its first bytes; undefined when it does not, and for types that declare none. */
function declaredCharset(bytes: Uint8Array, contentType: string): string | undefined {
  const type = mediaTypeOf(contentType)
  const isXml = /[/+]xml$/.test(type)
  const isHtml = type === 'text/html' || type === 'application/xhtml+xml'
  if (!isXml && !isHtml && type !== 'text/css') return undefined
  const start = Buffer.from(bytes.subarray(0, MAX_DECLARATION_BYTES))
  if (isXml && start.subarray(0, 4).equals(Buffer.from('<?', 'utf16le'))) return 'utf-16le'
  if (isXml && start.subarray(0, 4).equals(Buffer.from('<?', 'utf16le').swap16())) return 'utf-16be'
  const text = start.toString('latin1')
  const found =
    (isXml ? /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"'\s]+)["']/.exec(text) : null) ??
    (isHtml ? /<meta\s[^>]*?charset\s*=\s*["']?\s*([^"'\s/>;]+)/i.exec(text) : null) ??
    (type === 'text/css' ? /^@charset "([^"]+)";/.exec(text) : null)
  const charset = found?.[1]
  // A declaration that could be read as ASCII is not in UTF-16 (HTML's standard, 13.2.3.2).
  return charset !== undefined && /^utf-?16/i.test(charset) ? 'utf-8' : charset
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
    // oxlint-disable-next-line no-control-regex -- it searches for control characters
    return !/[\u0000-\u0008\u000E-\u001F]/.test(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    )
  } catch {
    return false
  }
}
