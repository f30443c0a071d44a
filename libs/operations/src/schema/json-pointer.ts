/** The tokens of a JSON Pointer (RFC 6901), unescaped; undefined when the text is not one. `''` has none. */
export function pointerTokens(pointer: string): string[] | undefined {
  if (pointer === '') return []
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value a JSON Pointer names, own properties only; undefined when there is none or the pointer is not one. */
export function pointerGet(value: unknown, pointer: string): unknown {
  const tokens = pointerTokens(pointer)
  if (tokens === undefined) return undefined
  let at: unknown = value
  for (const token of tokens) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, token)) return undefined
    at = (at as Record<string, unknown>)[token]
  }
  return at
}

/** One more token behind a JSON Pointer. */
export function pointerAppend(pointer: string, token: string | number): string {
  return `${pointer}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`
}
