import { parseJson } from '@alkdev/std'

/** A member of the object that a JSON text is, by its place in the bytes. */
export interface JsonMember {
  readonly name: string
  /** First byte of the value, and the byte behind its last. */
  readonly from: number
  readonly to: number
}

export interface JsonObject {
  readonly members: readonly JsonMember[]
  /** Place of the closing bracket. */
  readonly end: number
}

/** Members of one object. A request has a few dozen, and each costs more than its bytes. */
const MAX_MEMBERS = 10_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPENING: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b])
const CLOSING: ReadonlySet<number | undefined> = new Set([0x7d, 0x5d])
const BLANKS: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d])

/**
 * The members of an object in the order in which they come; a name may come more than once. `json` is known to be a valid object. In time
 * linear in its length. Undefined for an object of more than 10,000 members.
 */
export function membersOf(json: Buffer): JsonObject | undefined {
  const members: JsonMember[] = []
  let at = json.indexOf(0x7b) + 1
  for (;;) {
    at = skipBlanks(json, at)
    if (json[at] !== QUOTE) return { members, end: at }
    if (members.length === MAX_MEMBERS) return undefined
    const nameEnd = endOfString(json, at)
    const written = json.toString('utf8', at + 1, nameEnd - 1)
    const name = written.includes('\\') ? String(parseJson(`"${written}"`)) : written
    const from = skipBlanks(json, json.indexOf(COLON, nameEnd) + 1)
    const end = endOfValue(json, from)
    let to = end
    while (BLANKS.has(json[to - 1])) to -= 1
    members.push({ name, from, to })
    at = json[end] === COMMA ? end + 1 : end
  }
}

function skipBlanks(json: Buffer, from: number): number {
  let at = from
  while (BLANKS.has(json[at])) at += 1
  return at
}

/** The byte behind the closing quote of the string that begins at `from`. */
function endOfString(json: Buffer, from: number): number {
  for (let at = json.indexOf(QUOTE, from + 1); at >= 0; at = json.indexOf(QUOTE, at + 1)) {
    let escapes = 0
    while (json[at - 1 - escapes] === BACKSLASH) escapes += 1
    if (escapes % 2 === 0) return at + 1
  }
  return json.length
}

/** Where the comma or bracket behind a value is. */
function endOfValue(json: Buffer, from: number): number {
  let depth = 0
  let at = from
  while (at < json.length) {
    const byte = json[at]
    if (byte === QUOTE) {
      at = endOfString(json, at)
      continue
    }
    if (depth === 0 && (byte === COMMA || CLOSING.has(byte))) return at
    if (OPENING.has(byte)) depth += 1
    else if (CLOSING.has(byte)) depth -= 1
    at += 1
  }
  return at
}

/** The bytes with other values for some members, wherever they come; a member that is missing is added. All other bytes stay. */
export function withMembers(
  json: Buffer,
  { members, end }: JsonObject,
  changes: Readonly<Record<string, unknown>>,
): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (const { name, from, to } of members) {
    if (!Object.hasOwn(changes, name)) continue
    parts.push(json.subarray(at, from), Buffer.from(JSON.stringify(changes[name])))
    at = to
  }
  parts.push(json.subarray(at, end))
  let isEmpty = members.length === 0
  for (const [name, value] of Object.entries(changes)) {
    if (members.some((one) => one.name === name)) continue
    parts.push(Buffer.from(`${isEmpty ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`))
    isEmpty = false
  }
  parts.push(json.subarray(end))
  return Buffer.concat(parts)
}
