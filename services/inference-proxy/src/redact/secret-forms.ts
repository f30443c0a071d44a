/** Prefixes that all keys of a vendor share: they reveal nothing and occur in ordinary texts. */
const VENDOR_PREFIX =
  /^(?:sk-ant-(?:api|admin|oat)[0-9]{2}-|sk-(?:proj|svcacct|admin)-|sk-or-v1-|github_pat_)/

/** Characters that are decided by the secret alone when it stands behind `before` other bytes. */
function base64At(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
}

export interface SecretPieces {
  /** Characters of each piece. */
  readonly size: number
  readonly pieces: ReadonlySet<string>
}

/** Characters of a piece. */
const SIZE = 8

/**
 * Pieces of a secret by which it is recognised: every 8 characters in a row of the secret itself, of its base64 wherever it begins inside a
 * longer text, and of its hexadecimal form, each forwards and backwards, with ASCII letters small. A secret of under 8 characters has
 * none: it is a placeholder such as `none` or `ollama`, and its pieces are in ordinary texts and ids.
 */
export function secretPieces(secret: string): SecretPieces {
  const bytes = Buffer.from(secret, 'utf8')
  const size = SIZE
  const pieces = new Set<string>()
  if (bytes.length < size) return { size, pieces }
  const plain = bytes.toString('latin1')
  const known = VENDOR_PREFIX.exec(plain)?.[0].length ?? 0
  const base64 = [0, 1, 2].map((before) => base64At(bytes, before))
  const forms: readonly (readonly [form: string, from: number])[] = [
    [plain, known],
    ...base64.map((form) => [form, Math.ceil((known * 4) / 3)] as const),
    [bytes.toString('hex'), known * 2],
  ]
  for (const [form, from] of forms)
    for (let at = 0; at + size <= form.length; at += 1)
      if (at + size > from) pieces.add(form.slice(at, at + size))
  for (const piece of [...pieces]) pieces.add(piece.replaceAll('+', '-').replaceAll('/', '_'))
  const small = [...pieces].map((piece) =>
    piece.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()),
  )
  const backwards = small.map((piece) => piece.split('').toReversed().join(''))
  return { size, pieces: new Set([...small, ...backwards]) }
}
