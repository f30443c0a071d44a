import { isPlainObject } from '../../../schema/schema-limits.ts'
import { isFlag } from './schema-keywords.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * What is sent to the service or what it answers: `readOnly` properties are not required of the caller, `writeOnly` ones not of the
 * service.
 */
export type Direction = 'request' | 'response'

/** The node that a `$ref` names; undefined where it names none. */
export type Lookup = (reference: string, node: Fields) => unknown

/** Maximum nodes that one query examines. */
const MAX_STEPS = 256

/** The nodes that one query has visited, so that each is examined once. */
type Seen = Set<unknown>

/**
 * Finds the properties that only the other side sets, also where the flag lies behind `$ref`, `allOf`, or in one option of a choice or
 * condition.
 */
export class PropertyFlags {
  readonly #lookup: Lookup
  readonly #names = new Map<Direction, WeakMap<object, ReadonlySet<string>>>()

  constructor(lookup: Lookup) {
    this.#lookup = lookup
  }

  /** Names of flagged properties of the schema itself and of all that may apply to the same object. */
  namesOf(node: unknown, direction: Direction, seen: Seen = new Set()): ReadonlySet<string> {
    if (!isPlainObject(node) || !enter(seen, node)) return NONE
    let known = this.#names.get(direction)
    if (known === undefined) this.#names.set(direction, (known = new WeakMap()))
    const before = known.get(node)
    if (before !== undefined) return before
    const names = new Set<string>()
    if (isPlainObject(node['properties']))
      for (const [name, property] of Object.entries(node['properties']))
        if (this.#flagged(property, direction === 'request' ? 'readOnly' : 'writeOnly', new Set()))
          names.add(name)
    for (const part of this.#sameObject(node))
      for (const name of this.namesOf(part, direction, seen)) names.add(name)
    const found = names.size === 0 ? NONE : names
    if (seen.values().next().value === node) known.set(node, found)
    return found
  }

  /** Whether the schema, or what it refers to or combines, requires one of the names. */
  requires(node: unknown, names: ReadonlySet<string>, seen: Seen = new Set()): boolean {
    if (!isPlainObject(node) || names.size === 0 || !enter(seen, node)) return false
    const lists = isPlainObject(node['dependentRequired'])
      ? Object.values(node['dependentRequired'])
      : []
    for (const list of [node['required'], ...lists])
      if (Array.isArray(list) && list.some((name) => names.has(name as string))) return true
    return [...this.#sameObject(node)].some((part) => this.requires(part, names, seen))
  }

  /** Schemas that may apply to the same value: each option of a choice, too. */
  *#sameObject(node: Fields): Generator {
    if (typeof node['$ref'] === 'string') yield this.#lookup(node['$ref'], node)
    for (const keyword of ['allOf', 'anyOf', 'oneOf']) yield* listOf(node[keyword])
    for (const keyword of ['then', 'else']) yield node[keyword]
    if (isPlainObject(node['dependentSchemas'])) yield* Object.values(node['dependentSchemas'])
  }

  #flagged(property: unknown, flag: string, seen: Seen): boolean {
    if (!isPlainObject(property) || !enter(seen, property)) return false
    if (isFlag(property[flag])) return true
    for (const part of this.#sameObject(property)) if (this.#flagged(part, flag, seen)) return true
    return false
  }
}

const NONE: ReadonlySet<string> = new Set()

/** False for a node that was met before, or when too many were. */
function enter(seen: Seen, node: unknown): boolean {
  if (seen.has(node) || seen.size > MAX_STEPS) return false
  seen.add(node)
  return true
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
