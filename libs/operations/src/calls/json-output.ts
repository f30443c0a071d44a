import type { ValidationFailure } from '../schema/validation-failure.ts'

/** Levels of lists and objects inside each other that an output may have. */
const MAX_DEPTH = 512

/**
 * The first place of a value that JSON would drop, change or refuse; `undefined` when the value means the same after it was sent as JSON. Members that are
 * `undefined` are left out by JSON and are no fault. Everything else that JSON has no form for is: a bigint, a function, a symbol, NaN, an infinity, an empty place
 * of a list, and objects that are no plain data (dates, maps, sets, bytes, errors, what has a `toJSON`). So are circles, which are nested without an end.
 */
export function jsonFault(value: unknown): ValidationFailure | undefined {
  const fault = faultIn(value, 0)
  return fault === undefined
    ? undefined
    : { path: fault.reversed.toReversed().join(''), message: fault.message }
}

interface Fault {
  readonly message: string
  /** Steps of the JSON Pointer, the last one first. */
  readonly reversed: string[]
}

function faultIn(value: unknown, depth: number): Fault | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : here(`is ${value}, which JSON has no form for`)
    case 'object':
      break
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
    default:
      return here(`is ${nameOf(value)}, which JSON has no form for`)
  }
  if (value === null) return undefined
  if (depth >= MAX_DEPTH) return here(`is nested deeper than ${MAX_DEPTH} levels`)
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) {
      const fault = faultIn(value[at], depth + 1)
      if (fault !== undefined) return inside(fault, String(at))
    }
    return undefined
  }
  if (!isPlainData(value)) return here(`is ${nameOf(value)}, which JSON has no form for`)
  for (const name of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[name]
    if (member === undefined) continue
    const fault = faultIn(member, depth + 1)
    if (fault !== undefined) return inside(fault, name)
  }
  return undefined
}

function here(message: string): Fault {
  return { message, reversed: [] }
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
