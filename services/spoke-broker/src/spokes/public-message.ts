import type { ProvidedCall } from '@alkdev/bus'
import { REDACTED, redactMarked } from '@alkdev/operations'
import { redactSecrets } from '@alkdev/service'

/** Maximum characters of a message for callers. */
export const MAX_MESSAGE = 4000
/** Characters that are scanned: redaction may leave more than `MAX_MESSAGE`. */
const MAX_READ = 8000
/** Shorter secrets occur in ordinary words. */
const MIN_SECRET = 4
const MAX_SECRETS = 100

const STACK_LINES = /(?:\r?\n\s{1,32}at [^\n]*)+/g
const PATHS: readonly RegExp[] = [
  /\bfile:\/\/[^\s'"`)>,;]+/g,
  /(?<![\w./:-])\/(?:home|root|Users|var|tmp|etc|opt|usr|private|srv|mnt|media|proc|sys|run|nix|snap|Library|Applications)\/[^\s'"`)>,;]+/g,
  // Any absolute path of a source file, with line and column.
  /(?<![\w./:-])\/[^\s'"`)>,;:]{1,200}\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|php|cs|c|cc|cpp|h|so|node|wasm)(?::\d+){0,2}(?![\w/])/g,
  /\b[A-Za-z]:\\[^\s'"`)>,;]+/g,
]
/** Control characters except tab and newline; marks that change the direction of text; line separators. */
// oxlint-disable-next-line no-control-regex -- matches control characters on purpose
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

type Call = Pick<ProvidedCall, 'spec'> & { readonly header: { readonly input?: unknown } }

/** The texts of a call's input that its schema marks as secrets. */
export function secretsOf({ spec, header }: Call): readonly string[] {
  const clean = redactMarked(spec.inputSchema, header.input)
  const found = new Set<string>()
  if (clean !== header.input) collect(header.input, clean, found)
  return [...found].toSorted((a, b) => b.length - a.length)
}

/**
 * A message of a spoke as callers get it: at most 4,000 characters, without the call's secrets, without text that looks like a key, and without
 * control characters. `isThrown`: the message of an error that no operation declares, so its author did not write it for callers; then it
 * it also has no stack and no absolute path.
 */
export function publicMessage(text: string, secrets: readonly string[], isThrown: boolean): string {
  let message = text.slice(0, MAX_READ).toWellFormed()
  for (const secret of secrets) message = message.replaceAll(secret, REDACTED)
  message = redactSecrets(message)
  if (isThrown) {
    message = message.replaceAll(STACK_LINES, '')
    for (const path of PATHS) message = message.replaceAll(path, '[path]')
  }
  return message.replaceAll(CONTROL, ' ').slice(0, MAX_MESSAGE).toWellFormed()
}

/** The details of an error without the call's secrets. */
export function publicDetails(details: unknown, secrets: readonly string[]): unknown {
  if (details === undefined || secrets.length === 0) return details
  let text = JSON.stringify(details)
  const before = text
  for (const secret of secrets)
    text = text.replaceAll(JSON.stringify(secret).slice(1, -1), REDACTED)
  return text === before ? details : (JSON.parse(text) as unknown)
}

/** The strings of `value` where `clean` is redacted. */
function collect(value: unknown, clean: unknown, found: Set<string>): void {
  if (found.size >= MAX_SECRETS || value === clean) return
  if (clean === REDACTED) return addStrings(value, found)
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value))
    collect(member, (clean as Record<string, unknown> | undefined)?.[key], found)
}

function addStrings(value: unknown, found: Set<string>): void {
  if (found.size >= MAX_SECRETS) return
  if (typeof value === 'string') {
    if (value.length >= MIN_SECRET) found.add(value)
  } else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) addStrings(member, found)
  }
}
