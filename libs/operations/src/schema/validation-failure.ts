import type { ErrorObject } from 'ajv'
import { pointerAppend } from './json-pointer.ts'
import { patternMessage } from './pattern-messages.ts'

/** One place of a value that does not fit its schema. */
export interface ValidationFailure {
  /** JSON Pointer into the value; `''` is the value itself. */
  readonly path: string
  /** What was expected. Never contains the value. */
  readonly message: string
}

/** Formats in words; other formats are named unchanged. */
const FORMAT_MESSAGES: Readonly<Record<string, string>> = {
  uuid: 'must be an id (a UUID)',
  'date-time': 'must be a date and time with a time zone, for instance 2026-01-31T12:00:00Z',
  date: 'must be a date, for instance 2026-01-31',
  email: 'must be an e-mail address',
  uri: 'must be a URI with its scheme',
}

const MAX_FAILURES = 100
/** Characters of a path or message. */
const MAX_TEXT = 512

/** The errors of Ajv, reworded; each place and message once, at most 100. */
export function failuresOf(errors: readonly ErrorObject[] | null | undefined): ValidationFailure[] {
  const failures: ValidationFailure[] = []
  for (const error of withoutLiterals(errors ?? [])) {
    // An "if" or another union that failed is listed beside the failures inside it.
    const params = error.params as Record<string, unknown>
    const { path, message } = describe(error, params)
    const failure = { path: short(path), message: short(message) }
    if (failures.some((f) => f.path === failure.path && f.message === failure.message)) continue
    if (failures.length === MAX_FAILURES) {
      failures.push({ path: '', message: `fails in more than ${MAX_FAILURES} places` })
      break
    }
    failures.push(failure)
  }
  return failures.length === 0 ? [{ path: '', message: 'does not fit the schema' }] : failures
}

/**
 * The errors with one of the keyword `enum` for each union of literals, in place of one for each literal and one for the union. Ajv lists what
 * fails inside of a union directly before the union.
 */
function withoutLiterals(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const kept: ErrorObject[] = []
  for (const error of errors) {
    const count = error.keyword === 'anyOf' ? literalsBefore(kept, error) : 0
    if (count > 1) {
      const allowedValues = kept
        .splice(-count)
        .map(({ params }) => params['allowedValue'] as unknown)
      kept.push({ ...error, keyword: 'enum', params: { allowedValues } })
    } else kept.push(error)
  }
  return kept
}

/** How many errors at the end of the list are literals of the union; 0 when it has other branches, too. */
function literalsBefore(errors: readonly ErrorObject[], union: ErrorObject): number {
  const prefix = `${union.schemaPath}/`
  const isInside = (error: ErrorObject | undefined): boolean =>
    error !== undefined &&
    error.schemaPath.startsWith(prefix) &&
    error.instancePath.startsWith(union.instancePath)
  const isLiteral = (error: ErrorObject | undefined): boolean =>
    isInside(error) &&
    error?.instancePath === union.instancePath &&
    /^\d+\/const$/.test(error.schemaPath.slice(prefix.length))
  let count = 0
  while (isLiteral(errors.at(-1 - count))) count += 1
  return isInside(errors.at(-1 - count)) ? 0 : count
}

/** The sender of a value chooses the names in it, which can have any length. */
function short(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text
}

function describe(error: ErrorObject, params: Record<string, unknown>): ValidationFailure {
  const path = error.instancePath
  switch (error.keyword) {
    case 'required':
      return {
        path: pointerAppend(path, String(params['missingProperty'])),
        message: 'is required',
      }
    case 'additionalProperties':
      return {
        path: pointerAppend(path, String(params['additionalProperty'])),
        message: 'is not allowed here',
      }
    case 'unevaluatedProperties':
      return {
        path: pointerAppend(path, String(params['unevaluatedProperty'])),
        message: 'is not allowed here',
      }
    case 'enum':
      return { path, message: `must be one of ${jsonOf(params['allowedValues'])}` }
    case 'const':
      return { path, message: `must be ${jsonOf(params['allowedValue'])}` }
    case 'pattern':
      return {
        path,
        message: patternMessage(params['pattern']) ?? error.message ?? 'fails pattern',
      }
    case 'format':
      return {
        path,
        message: FORMAT_MESSAGES[String(params['format'])] ?? error.message ?? 'fails format',
      }
    case 'minLength':
    case 'maxLength':
    case 'minItems':
    case 'maxItems':
    case 'minProperties':
    case 'maxProperties':
      return { path, message: sizeMessage(error.keyword, Number(params['limit'])) }
    case 'minimum':
      return { path, message: `must be at least ${Number(params['limit'])}` }
    case 'maximum':
      return { path, message: `must be at most ${Number(params['limit'])}` }
    case 'false schema':
      return { path, message: 'is not allowed here' }
    default:
      return { path, message: error.message ?? `fails ${error.keyword}` }
  }
}

const SIZED_IN: Readonly<Record<string, readonly [string, string]>> = {
  Length: ['character', 'characters'],
  Items: ['item', 'items'],
  Properties: ['member', 'members'],
}

/** `minLength` and 1: `must not be empty`. `maxItems` and 5: `must have at most 5 items`. */
function sizeMessage(keyword: string, limit: number): string {
  const isLeast = keyword.startsWith('min')
  if (isLeast && limit === 1) return 'must not be empty'
  const [one, many] = SIZED_IN[keyword.slice(3)] ?? ['member', 'members']
  return `must have at ${isLeast ? 'least' : 'most'} ${limit} ${limit === 1 ? one : many}`
}

function jsonOf(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 300 ? `${text.slice(0, 300)}...` : text
}
