import { linearRegExp } from '../../../schema/linear-regexp.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'

type Fields = Record<string, unknown>

/** Reports a constraint of the document's schema that the converted one lacks. */
export type Note = (keyword: string, message: string) => void

const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const
const COUNTS = [
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minContains',
  'maxContains',
] as const
const TEXTS = ['title', 'description', '$comment', 'contentEncoding', 'contentMediaType'] as const
const FLAGS = ['readOnly', 'writeOnly'] as const
const TYPES = new Set(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'])
/** Names that documents use in place of the seven types. */
const ALIASES: Readonly<Record<string, string>> = {
  bool: 'boolean',
  date: 'string',
  'date-time': 'string',
  datetime: 'string',
  decimal: 'number',
  dict: 'object',
  double: 'number',
  file: 'string',
  float: 'number',
  int: 'integer',
  int32: 'integer',
  int64: 'integer',
  list: 'array',
  long: 'integer',
  map: 'object',
  text: 'string',
  uuid: 'string',
}
/** Levels of a value in `enum`, `const` or `default`. */
const MAX_DATA_DEPTH = 16

/**
 * Copies the keywords of a schema that hold no schemas, those that JSON Schema 2020-12 understands. Keywords that say nothing about values
 * are dropped where they are malformed; others are corrected where the intent is clear, else dropped, and `note` is called for each.
 */
export function convertKeywords(node: Fields, out: Fields, note: Note): void {
  for (const key of TEXTS) if (typeof node[key] === 'string') out[key] = node[key]
  for (const key of FLAGS) if (isFlag(node[key])) out[key] = true
  convertType(node, out, note)
  for (const key of ['multipleOf', ...BOUNDS]) convertNumber(node, out, key, note)
  for (const key of COUNTS) convertCount(node, out, key, note)
  exclusiveBounds(out)
  if (node['uniqueItems'] === true) out['uniqueItems'] = true
  if (typeof node['format'] === 'string') out['format'] = node['format']
  convertPattern(node, out, note)
  convertRequired(node, out, note)
  convertValues(node, out, note)
}

/** Some documents write flags as text. */
export function isFlag(value: unknown): boolean {
  return value === true || value === 'true'
}

function convertType(node: Fields, out: Fields, note: Note): void {
  const type = node['type']
  if (type === undefined || type === null) return
  const given = Array.isArray(type) ? (type as unknown[]) : [type]
  const known = given.map(typeNamed)
  if (known.length === 0 || known.includes(undefined)) {
    note('type', 'names no type of JSON Schema')
    return
  }
  const corrected = known.some((one, index) => one !== given[index])
  if (corrected) note('type', `${JSON.stringify(type).slice(0, 100)} is not a type of JSON Schema`)
  const distinct = [...new Set(known)]
  out['type'] = distinct.length === 1 ? distinct[0] : distinct
}

function typeNamed(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined
  const lower = name.toLowerCase()
  if (TYPES.has(lower)) return lower
  return Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : undefined
}

function convertNumber(node: Fields, out: Fields, key: string, note: Note): void {
  const value = node[key]
  if (value === undefined || value === null) return
  if (typeof value === 'boolean' && key.startsWith('exclusive')) out[key] = value
  else {
    const number = numberOf(value)
    const usable = number !== undefined && (key !== 'multipleOf' || number > 0)
    if (usable) out[key] = number
    if (!usable || typeof value === 'string') note(key, 'is not a number')
  }
}

function convertCount(node: Fields, out: Fields, key: string, note: Note): void {
  const value = node[key]
  if (value === undefined || value === null) return
  const number = numberOf(value)
  const usable = number !== undefined && number >= 0 && Number.isSafeInteger(number)
  if (usable) out[key] = number
  if (!usable || typeof value === 'string') note(key, 'is not a count')
}

function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** The form of OpenAPI 3.0, where these two are flags, also occurs in later documents. */
function exclusiveBounds(out: Fields): void {
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (typeof out[exclusive] !== 'boolean') continue
    if (out[exclusive] && bound in out) {
      out[exclusive] = out[bound]
      delete out[bound]
    } else delete out[exclusive]
  }
}

/** A pattern that cannot run in linear time is left to the service to check. */
export function isLinear(pattern: string): boolean {
  const known = linear.get(pattern)
  if (known !== undefined) return known
  let usable = true
  try {
    linearRegExp(pattern)
  } catch {
    usable = false
  }
  if (linear.size >= MAX_PATTERNS) linear.clear()
  linear.set(pattern, usable)
  return usable
}
const MAX_PATTERNS = 1000
const linear = new Map<string, boolean>()

function convertPattern(node: Fields, out: Fields, note: Note): void {
  const pattern = node['pattern']
  if (pattern === undefined || pattern === null) return
  if (typeof pattern === 'string' && isLinear(pattern)) out['pattern'] = pattern
  else {
    if (typeof pattern === 'string') out['x-pattern'] = pattern
    note('pattern', 'cannot run in linear time')
  }
}

function convertRequired(node: Fields, out: Fields, note: Note): void {
  const required = node['required']
  if (required === undefined || required === null) return
  if (!Array.isArray(required)) {
    // A habit of Swagger 2: the flag of a parameter, at a property.
    note('required', 'is not a list of names')
    return
  }
  const names = new Set(required.filter((name) => typeof name === 'string'))
  names.delete('__proto__')
  if (names.size > 0) out['required'] = [...names]
}

function convertValues(node: Fields, out: Fields, note: Note): void {
  if (Array.isArray(node['enum']) && node['enum'].length > 0 && isShallow(node['enum']))
    out['enum'] = node['enum']
  else if (node['enum'] !== undefined && node['enum'] !== null)
    note('enum', 'is not a list of values')
  if ('const' in node)
    if (isShallow(node['const'])) out['const'] = node['const']
    else note('const', 'is nested too deeply')
  if ('default' in node && isShallow(node['default'])) out['default'] = node['default']
}

/** Whether a value is JSON of few levels. */
function isShallow(value: unknown, depth = 0): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return value !== undefined
  if (depth >= MAX_DATA_DEPTH || !(Array.isArray(value) || isPlainObject(value))) return false
  return Object.values(value).every((member) => isShallow(member, depth + 1))
}
