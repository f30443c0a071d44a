/** A `Headers`, or a plain object as Node gives it. */
export type HeadersLike =
  | Headers
  | Readonly<Record<string, string | readonly string[] | null | undefined>>

export interface ExtractOptions {
  /** In the order in which they are looked at. Default `authorization`, `x-api-key`. */
  readonly headerNames?: readonly string[]
  /** Take `x` of `Bearer x`. Default true; false takes the whole value. */
  readonly extractBearer?: boolean
}

/** The key that headers show, or why there is none. */
export type ExtractedKey =
  | { readonly key: string; readonly error?: never }
  | { readonly key?: never; readonly error: 'MISSING_KEY' | 'INVALID_FORMAT' }

export const DEFAULT_HEADER_NAMES: readonly string[] = ['authorization', 'x-api-key']

/** A field name of HTTP (RFC 9110, 5.6.2). */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** Whether a value is the name of a header. */
export function isHeaderName(value: unknown): value is string {
  return typeof value === 'string' && HEADER_NAME.test(value)
}

function valuesOf(headers: HeadersLike, name: string): readonly string[] {
  if (headers instanceof Headers) {
    const value = headers.get(name)
    return value === null ? [] : [value]
  }
  // An untyped caller may pass no headers at all, or a header without a value: they contain no key.
  if (typeof headers !== 'object' || headers === null) return []
  const wanted = name.toLowerCase()
  const found: string[] = []
  for (const key of Object.keys(headers)) {
    if (key.length !== wanted.length || key.toLowerCase() !== wanted) continue
    const value: unknown = headers[key]
    if (typeof value === 'string') found.push(value)
    else if (Array.isArray(value))
      found.push(...value.filter((one): one is string => typeof one === 'string'))
  }
  return found
}

/** The key in one header value: undefined when it is empty, null when it holds something that is not a key. */
function keyOf(value: string, extractBearer: boolean): string | null | undefined {
  const trimmed = value.trim()
  // The usual form, without regular expressions.
  if (extractBearer && trimmed.startsWith('Bearer ') && !trimmed.includes(' ', 7))
    return trimmed.slice(7)
  if (trimmed === '' || /^bearer$/i.test(trimmed)) return undefined
  if (!extractBearer) return trimmed
  const [first = '', second, ...rest] = trimmed.split(/ +/)
  if (second === undefined) return first
  // Two words with another scheme, or three: not ours, and no guess at what is meant.
  return /^bearer$/i.test(first) && rest.length === 0 ? second : null
}

/**
 * The key in the headers. The first header that has one counts; other headers may repeat it. INVALID_FORMAT when a header shows another
 * scheme, several words, or a second, different key: which is meant is not ours to guess. Never throws: what is not the name of a header has no key.
 */
export function readKeyFromHeaders(
  headers: HeadersLike,
  options: ExtractOptions = {},
): ExtractedKey {
  const extractBearer = options.extractBearer ?? true
  let key: string | undefined
  const names: unknown = options.headerNames ?? DEFAULT_HEADER_NAMES
  for (const name of Array.isArray(names) ? names.filter(isHeaderName) : []) {
    for (const value of valuesOf(headers, name)) {
      const found = keyOf(value, extractBearer)
      if (found === undefined) continue
      if (found === null || (key !== undefined && key !== found)) return { error: 'INVALID_FORMAT' }
      key = found
    }
  }
  return key === undefined ? { error: 'MISSING_KEY' } : { key }
}

/** The key in the headers, or null; see `readKeyFromHeaders`. */
export function extractKeyFromHeaders(
  headers: HeadersLike,
  options?: ExtractOptions,
): string | null {
  return readKeyFromHeaders(headers, options).key ?? null
}

/** Do the headers show exactly one key? Whether it is good is another matter. */
export function hasApiKey(headers: HeadersLike, options?: ExtractOptions): boolean {
  return extractKeyFromHeaders(headers, options) !== null
}
