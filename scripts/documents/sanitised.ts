import { createHash } from 'node:crypto'
import { MAY_NAME_CREDENTIALS, MAY_NAME_PRIVATE_ADDRESSES, PRIVATE_WORDS } from './private-words.ts'
import type { Repository } from './read-repository.ts'

/** An address with four parts, a word with its hyphenated parts, or the first folder of an absolute path. */
const TOKEN =
  /\d{1,3}(?:\.\d{1,3}){3}|[a-z0-9]+(?:[-_][a-z0-9]+)*|(?<![\w.~*)}\]>$:/-])\/[a-z0-9_-]+\//g
/** IPv4 of RFC 1918 and RFC 6598, and IPv6 of RFC 4193 and link-local addresses with an interface part. */
const PRIVATE_ADDRESS =
  /(?<![\d.])(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])(?:\.\d{1,3}){2})(?![\d.]*\d)|\b(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{1,4}\b/gi
const CREDENTIALS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['a key of the hub', /\balk_[A-Za-z0-9_-]{20,}/g],
  ['a secret of a webhook', /\bwhsec_[A-Za-z0-9+/=_-]{20,}/g],
  ['a key of a model provider', /\b(?:sk|rk)-[A-Za-z0-9_-]{20,}/g],
  ['a token of a forge', /\b(?:gh[pousr]_|github_pat_|glpat-)[A-Za-z0-9_-]{20,}/g],
  ['a token of a chat service', /\bxox[abprs]-[A-Za-z0-9-]{16,}/g],
  ['an access key of a cloud', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ['a signed token', /\beyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/g],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40,}/g],
  [
    'a password in a URL',
    /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@'"`<>{}$]+:[^\s/@'"`<>{}$]{6,}@[^\s'"`]+/gi,
  ],
]
/** Hosts without a dot, reserved names and this machine: a password in such a URL opens nothing. */
const HARMLESS_HOST =
  /@(?:[\w-]+(?![\w.-])|\[?::1\]?|127\.[\d.]+|(?:[\w-]+\.)*(?:example|example\.(?:com|org|net)|invalid|test|internal)(?![\w-]))/i
const FIX = 'Write 192.0.2.1, or name the file in scripts/documents/private-words.ts'
const SKIPPED_FILES = new Set(['pnpm-lock.yaml', 'migrations/SHA256SUMS'])
const OWN_FOLDER = 'scripts/documents/'

/** The hash by which `PRIVATE_WORDS` names a word. */
export function hashOfWord(word: string): string {
  return createHash('sha256').update(`alkhub:${word.toLowerCase()}`).digest('hex').slice(0, 16)
}

/** Every private word, private address and credential in the text files of the repository, outside of the files that may name them. */
export function checkSanitised(
  repository: Repository,
  words: ReadonlySet<string> = PRIVATE_WORDS,
): string[] {
  const known = new Map<string, boolean>()
  const isPrivate = (token: string): boolean => {
    let found = known.get(token)
    if (found === undefined) {
      found = words.has(hashOfWord(token))
      known.set(token, found)
    }
    return found
  }
  const faults: string[] = []
  const hits = new Set<string>()
  for (const path of repository.files) {
    if (SKIPPED_FILES.has(path)) continue
    const text = repository.read(path)
    if (text === undefined) continue
    for (const index of privateWords(`${path}\n${text}`, isPrivate))
      faults.push(
        `${path}${lineOf(text, index - path.length - 1)}: a word that must not appear here (decision 0268)`,
      )
    if (path.startsWith(OWN_FOLDER)) continue
    faults.push(...checkPatterns(path, text, hits))
  }
  return [...faults, ...idle(repository, hits)]
}

function* privateWords(text: string, isPrivate: (token: string) => boolean): Generator<number> {
  for (const match of text.toLowerCase().matchAll(TOKEN)) {
    const [token] = match
    const parts = /[-_]/.test(token) ? [token, ...token.split(/[-_]/)] : [token]
    if (parts.some(isPrivate)) yield match.index
  }
}

function checkPatterns(path: string, text: string, hits: Set<string>): string[] {
  const faults: string[] = []
  for (const match of text.matchAll(PRIVATE_ADDRESS)) {
    if (path in MAY_NAME_PRIVATE_ADDRESSES) hits.add(path)
    else faults.push(`${path}${lineOf(text, match.index)}: an address of a private network. ${FIX}`)
  }
  for (const [name, pattern] of CREDENTIALS) {
    for (const match of text.matchAll(pattern)) {
      if (name.includes('URL') && HARMLESS_HOST.test(match[0])) continue
      const allowed = allowing(path)
      if (allowed === undefined) faults.push(`${path}${lineOf(text, match.index)}: ${name}`)
      else hits.add(allowed)
    }
  }
  return faults
}

function allowing(path: string): string | undefined {
  return Object.keys(MAY_NAME_CREDENTIALS).find(
    (allowed) => path === allowed || (allowed.endsWith('/') && path.startsWith(allowed)),
  )
}

/** Entries of the lists that allow nothing: their files are gone or contain nothing of the kind. */
function idle(repository: Repository, hits: ReadonlySet<string>): string[] {
  if (!repository.has('scripts/documents/private-words.ts')) return []
  return [...Object.keys(MAY_NAME_PRIVATE_ADDRESSES), ...Object.keys(MAY_NAME_CREDENTIALS)]
    .filter((entry) => !hits.has(entry))
    .map(
      (entry) =>
        `scripts/documents/private-words.ts: ${entry} contains nothing that needs to be allowed`,
    )
}

function lineOf(text: string, index: number): string {
  return index < 0 ? '' : `:${text.slice(0, index).split('\n').length}`
}
