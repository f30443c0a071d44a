/** Bytes of a string in UTF-8; a lone surrogate counts as the three bytes of its replacement. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    bytes += unit < 0x800 ? 1 : 2
    const paired = unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
    // A surrogate pair is two units and four bytes.
    if (paired) at += 1
  }
  return bytes
}

/** Whether a message is over `limit` bytes; counts only where the length leaves it open. */
export function exceeds(message: string | Uint8Array, limit: number): boolean {
  if (typeof message !== 'string') return message.byteLength > limit
  return message.length > limit || (message.length * 3 > limit && utf8Length(message) > limit)
}
