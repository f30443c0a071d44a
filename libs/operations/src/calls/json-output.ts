import type { ValidationFailure } from '../schema/validation-failure.ts'
import type { Validator } from '../schema/validator.ts'

/** Maximum nesting of lists and objects in an output. */
const MAX_DEPTH = 512
/** Members that are visited before the walk starts to record visited objects; most outputs have fewer. */
const MAX_VISITED_WITHOUT_MEMORY = 10_000
/** Members that a value may repeat because several places refer to the same object: JSON writes each of them. */
const MAX_REPEATED = 1_048_576

/**
 * The first place of a value that JSON would drop, change or refuse; `undefined` when the value is the same after it was sent as JSON.
 * Members that are `undefined` are omitted by JSON and are not a fault. Every other value without a JSON form is: a bigint, a function, a
 * symbol, NaN, an infinity, an empty place of a list, and objects that are not plain data (dates, maps, sets, bytes, errors, what has a
 * `toJSON`). So are cycles, which are nested without an end, and values that repeat shared objects more than a million times. Takes time in
 * proportion to the objects, however often they are referred to.
 */
export function jsonFault(value: unknown): ValidationFailure | undefined {
  const found = new Walk().visit(value, 0)
  return isFault(found) ? failureOf(found) : undefined
}

/** Whether a value is JSON data; false also for one that throws when it is read. */
export function isJsonData(value: unknown): boolean {
  try {
    return jsonFault(value) === undefined
  } catch {
    return false
  }
}

/**
 * The fault of an operation's output: a place without a JSON form, or a mismatch with the schema; `undefined` for a valid output. Members
 * that are `undefined` count as absent, as on the other side of a connection. Throws as `Validator.check`.
 */
export function outputFailures(
  value: unknown,
  schema: Validator,
): readonly ValidationFailure[] | undefined {
  const walk = new Walk()
  const found = walk.visit(value, 0)
  if (isFault(found)) return [failureOf(found)]
  const written = walk.hasUndefined ? copyWithoutUndefined(value, 0, new Map()) : value
  return schema.check(written) ? undefined : schema.errors(written)
}

/**
 * The value as JSON writes it: without the members that are `undefined`. The value itself if it has none, else a copy. Parts that are
 * nested deeper than 512 levels, and objects of classes such as dates, are not copied.
 */
export function withoutUndefined(value: unknown): unknown {
  return mayHaveUndefined(value, 0, { left: MAX_VISITED_WITHOUT_MEMORY })
    ? copyWithoutUndefined(value, 0, new Map())
    : value
}

/** Also true for a value with too many members to know. */
function mayHaveUndefined(value: unknown, depth: number, visits: { left: number }): boolean {
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return false
  const isList = Array.isArray(value)
  for (const member of isList ? value : Object.values(value)) {
    if (--visits.left < 0 || (member === undefined && !isList)) return true
    if (mayHaveUndefined(member, depth + 1, visits)) return true
  }
  return false
}

function copyWithoutUndefined(value: unknown, depth: number, known: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return value
  if (known.has(value)) return known.get(value)
  if (!Array.isArray(value) && !isPlainData(value)) return value
  // A cycle reaches itself before its copy exists; its check fails in any case.
  known.set(value, value)
  if (Array.isArray(value)) {
    const items = value.map((item) => copyWithoutUndefined(item, depth + 1, known))
    if (items.every((item, index) => item === value[index])) return value
    known.set(value, items)
    return items
  }
  const copy: Record<string, unknown> = {}
  let isSame = true
  for (const [name, member] of Object.entries(value)) {
    const written = copyWithoutUndefined(member, depth + 1, known)
    if (written !== member || member === undefined) isSame = false
    if (written !== undefined)
      Object.defineProperty(copy, name, {
        value: written,
        enumerable: true,
        configurable: true,
        writable: true,
      })
  }
  if (isSame) return value
  known.set(value, copy)
  return copy
}

/** Of a value without a fault. */
interface Extent {
  /** Levels of lists and objects inside each other. */
  readonly levels: number
  /** Members that its JSON text has, at all levels. */
  readonly members: number
}

const SCALAR: Extent = { levels: 0, members: 1 }

interface Fault {
  readonly message: string
  /** Steps of the JSON Pointer, the last one first. */
  readonly reversed: string[]
}

function failureOf({ reversed, message }: Fault): ValidationFailure {
  return { path: reversed.toReversed().join(''), message }
}

function isFault(found: Extent | Fault): found is Fault {
  return 'message' in found
}

class Walk {
  /** An object has a member that is `undefined`. */
  hasUndefined = false
  #visited = 0
  #repeated = 0
  readonly #known = new Map<object, Extent>()

  visit(value: unknown, depth: number): Extent | Fault {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return SCALAR
      case 'number':
        return Number.isFinite(value) ? SCALAR : here(`is ${value}, which JSON has no form for`)
      case 'object':
        break
      case 'bigint':
      case 'function':
      case 'symbol':
      case 'undefined':
      default:
        return here(`is ${nameOf(value)}, which JSON has no form for`)
    }
    if (value === null) return SCALAR
    const known = this.#known.get(value)
    if (known !== undefined) return this.#again(known, depth)
    if (depth >= MAX_DEPTH) return tooDeep()
    if (!Array.isArray(value) && !isPlainData(value))
      return here(`is ${nameOf(value)}, which JSON has no form for`)
    return this.#members(value, depth)
  }

  #again(known: Extent, depth: number): Extent | Fault {
    this.#repeated += known.members
    if (this.#repeated > MAX_REPEATED)
      return here(`repeats shared parts of the value more than ${MAX_REPEATED} times`)
    return depth + known.levels > MAX_DEPTH ? tooDeep() : known
  }

  #members(value: object, depth: number): Extent | Fault {
    let levels = 0
    let members = 1
    const isList = Array.isArray(value)
    const names = isList ? undefined : Object.keys(value)
    const count = isList ? value.length : (names?.length ?? 0)
    for (let at = 0; at < count; at += 1) {
      const name = names?.[at] ?? at
      const member = (value as Readonly<Record<string | number, unknown>>)[name]
      if (member === undefined && !isList) {
        this.hasUndefined = true
        continue
      }
      this.#visited += 1
      const found = this.visit(member, depth + 1)
      if (isFault(found)) return inside(found, String(name))
      levels = Math.max(levels, found.levels)
      members += found.members
    }
    const extent = { levels: levels + 1, members }
    if (this.#visited > MAX_VISITED_WITHOUT_MEMORY) this.#known.set(value, extent)
    return extent
  }
}

function here(message: string): Fault {
  return { message, reversed: [] }
}

function tooDeep(): Fault {
  return here(`is nested deeper than ${MAX_DEPTH} levels`)
}

function inside(fault: Fault, step: string): Fault {
  fault.reversed.push(`/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  return fault
}

/** Objects whose own members are all that they mean. */
function isPlainData(value: object): boolean {
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return false
  const tag = Object.prototype.toString.call(value)
  return tag === '[object Object]' || tag === '[object Arguments]'
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return value === undefined ? 'undefined' : `a ${typeof value}`
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  return `an object of type ${tag === 'Object' ? 'Object with toJSON' : tag}`
}
