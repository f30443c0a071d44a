import { parseJson } from '@alkdev/std'
import { REDACTED } from '../redact/secret-scrubber.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** The text without the literals, the longest first: one may lie in another. */
export function redactText(text: string, literals: readonly string[]): string {
  let clean = text
  for (const literal of literals.toSorted((a, b) => b.length - a.length))
    clean = clean.replaceAll(literal, REDACTED)
  return clean
}

/**
 * The JSON without the literals in its strings, however they are escaped. Names of members and all other bytes stay as they are. `keeps`: the
 * places of strings that stay, by their first byte. `json` is known to be valid.
 */
export function redactJson(
  json: Buffer,
  literals: readonly string[],
  keeps: ReadonlySet<number> = new Set(),
): Buffer {
  if (literals.length === 0) return json
  const parts: Buffer[] = []
  let done = 0
  for (let at = json.indexOf(QUOTE); at >= 0;) {
    const end = endOfString(json, at)
    const token = json.toString('utf8', at, end)
    if (!keeps.has(at) && !isName(json, end)) {
      const text = String(parseJson(token))
      const clean = redactText(text, literals)
      if (clean !== text) {
        parts.push(json.subarray(done, at), Buffer.from(JSON.stringify(clean)))
        done = end
      }
    }
    at = json.indexOf(QUOTE, end)
  }
  return done === 0 ? json : Buffer.concat([...parts, json.subarray(done)])
}

function endOfString(json: Buffer, from: number): number {
  for (let at = from + 1; at < json.length; at += 1) {
    if (json[at] === BACKSLASH) at += 1
    else if (json[at] === QUOTE) return at + 1
  }
  return json.length
}

function isName(json: Buffer, end: number): boolean {
  let at = end
  while (at < json.length && (json[at] ?? 0) <= 0x20) at += 1
  return json[at] === COLON
}
