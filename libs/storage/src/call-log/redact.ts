import { REDACTED } from '@alkdev/operations'
import { storableText } from '@alkdev/std'

const MAX_DEPTH = 64
/** Maximum size of the cache of checked member names; a full cache is cleared. */
const REMEMBERED_NAMES = 4096
/** Characters of a name that is remembered: callers choose names. */
const MAX_REMEMBERED = 64

/** Names of members whose value is a secret, compared without case, hyphens and underscores. */
const secretNames = new Set(['authorization', 'proxyauthorization', 'cookie', 'setcookie', 'pwd'])
const secretEndings = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'apikey',
  'accesskey',
  'privatekey',
  'secretkey',
  'masterkey',
  'credential',
  'credentials',
]

function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[-_]/g, '')
  return secretNames.has(plain) || secretEndings.some((ending) => plain.endsWith(ending))
}

/**
 * Texts that are secrets in any place: keys of the hub and of well-known services, tokens, private keys, passwords in URLs. No
 * pattern fails after a long run of characters, because it would be tried again at every word of the run.
 */
const secretTexts: readonly (readonly [RegExp, string | ((found: string) => string)])[] = [
  [/\balk_[A-Za-z0-9_-]{8,}/g, REDACTED],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)?/g, tokenOrText],
  [/\b(sk|pk|rk)[-_][A-Za-z0-9_-]{16,}/g, REDACTED],
  [/\b(ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[abprs])[-_][A-Za-z0-9_-]{16,}/g, REDACTED],
  [/\bAKIA[A-Z0-9]{16}\b/g, REDACTED],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  [/(\b[a-z][a-z0-9+.-]{0,31}:\/\/[^\s/:@]*):[^\s/@]+@/gi, `$1:${REDACTED}@`],
]

/** A signed token has two or three parts; one part alone is a word. */
function tokenOrText(found: string): string {
  return found.includes('.') ? REDACTED : found
}

/** Every pattern needs one of these; most texts have none. */
const mayHoldSecret =
  /alk_|bearer|basic|eyJ|[spr]k[-_]|gh[pousr]_|github_pat|glpat|xox|AKIA|PRIVATE KEY|:\/\//i

function redactText(text: string): string {
  const storable = storableText(text)
  if (!mayHoldSecret.test(storable)) return storable
  return secretTexts.reduce(
    (result, [pattern, by]) =>
      typeof by === 'string' ? result.replace(pattern, by) : result.replace(pattern, by),
    storable,
  )
}

/** Postgres cannot store NUL and halves of surrogate pairs. */
const mayNotBeStorable = /[\0\ud800-\udfff]/

function isPlainText(text: string): boolean {
  return !mayHoldSecret.test(text) && !mayNotBeStorable.test(text)
}

const plainNames = new Map<string, boolean>()

function isPlainName(name: string): boolean {
  const known = plainNames.get(name)
  if (known !== undefined) return known
  const plain = isPlainText(name) && !isSecretName(name)
  if (name.length > MAX_REMEMBERED) return plain
  if (plainNames.size >= REMEMBERED_NAMES) plainNames.clear()
  plainNames.set(name, plain)
  return plain
}

/**
 * True when `redact` would change nothing: a JSON value of at most about `maxCharacters`, with nothing in it that looks like a
 * secret. May be false for such a value, but is never true for another. Far cheaper than a copy, and true for nearly all values.
 */
export function isPlain(value: unknown, maxCharacters: number): boolean {
  return plainWithin(value, maxCharacters, 0) >= 0
}

/** The remaining characters of `budget`; negative when the value is not plain. */
function plainWithin(value: unknown, budget: number, depth: number): number {
  if (typeof value === 'string') {
    return value.length > budget || !isPlainText(value) ? -1 : budget - value.length - 2
  }
  if (typeof value !== 'object') return typeof value === 'bigint' ? -1 : budget - 4
  if (value === null) return budget - 4
  if (depth >= MAX_DEPTH || 'toJSON' in value || ArrayBuffer.isView(value)) return -1
  let left = budget - 2
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && left >= 0; at++) {
      left = plainWithin(value[at], left, depth + 1)
    }
    return left
  }
  for (const name of Object.keys(value)) {
    if (left < 0 || name.length > left || !isPlainName(name)) return -1
    left = plainWithin((value as Record<string, unknown>)[name], left - name.length - 2, depth + 1)
  }
  return left
}

interface Budget {
  /** Remaining characters; the walk stops at 0. */
  left: number
}

/**
 * A copy of a JSON value without secrets and without what Postgres cannot store. Stops after about `maxCharacters` of its
 * JSON text and reports this: then the copy holds only the beginning. The cost is bounded by that size, not by the size of the value.
 */
export function redact(
  value: unknown,
  maxCharacters = Number.POSITIVE_INFINITY,
): { readonly value: unknown; readonly whole: boolean } {
  const budget: Budget = { left: maxCharacters }
  const copy = walk(value, budget, 0)
  return { value: copy, whole: budget.left >= 0 }
}

function walk(value: unknown, budget: Budget, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return takeText(value, budget)
    case 'number':
      budget.left -= 4
      return Number.isFinite(value) ? value : null
    case 'boolean':
      budget.left -= 4
      return value
    case 'bigint':
      return takeText(value.toString(), budget)
    case 'object':
      return value === null ? takeNull(budget) : walkObject(value, budget, depth)
    case 'undefined':
    case 'function':
    case 'symbol':
      return undefined
  }
  return undefined
}

function takeNull(budget: Budget): null {
  budget.left -= 4
  return null
}

function takeText(text: string, budget: Budget): string {
  const kept = text.length > budget.left ? text.slice(0, Math.max(0, budget.left) + 1) : text
  budget.left -= text.length + 2
  return redactText(kept)
}

function walkObject(value: object, budget: Budget, depth: number): unknown {
  if (depth > MAX_DEPTH) return '[too deep]'
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return walk((value.toJSON as () => unknown)(), budget, depth + 1)
  }
  budget.left -= 2
  if (Array.isArray(value)) {
    const copy: unknown[] = []
    for (const item of value) {
      if (budget.left < 0) break
      copy.push(walk(item, budget, depth + 1) ?? null)
    }
    return copy
  }
  const copy: Record<string, unknown> = {}
  for (const [at, [name, member]] of Object.entries(value).entries()) {
    if (budget.left < 0) break
    let key = takeText(name, budget)
    // Different names may become equal: no member may hide another one.
    while (Object.hasOwn(copy, key)) key += ` (${at})`
    const isSecret = member !== null && member !== undefined && isSecretName(name)
    // defineProperty instead of an assignment, because the name may be `__proto__`.
    Object.defineProperty(copy, key, {
      value: isSecret ? REDACTED : walk(member, budget, depth + 1),
      enumerable: true,
    })
  }
  return copy
}
