import { runAtOnce } from '@alkdev/std'
import { pointerTokens } from '../../../schema/json-pointer.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { ReferenceIndex } from './reference-index.ts'
import type { Scope, Target } from './reference-index.ts'
import { convertSchema } from './schema-convert.ts'
import type { Conversion } from './schema-convert.ts'
import { MAX_IMPORTED_BYTES, measureSchema } from './schema-size.ts'
import { longFormatOf } from './integer-text.ts'
import { PropertyFlags } from './schema-flags.ts'
import type { Direction, Lookup } from './schema-flags.ts'
import type { OpenAPISpec } from './types.ts'

type Fields = Record<string, unknown>

/** What converted schemas of one operation need beside themselves. */
export interface Uses {
  /** Components that they refer to, by key. */
  readonly refers: Target[]
  /** What of the document was left out, with its place. */
  readonly loosened: Set<string>
}

export function newUses(): Uses {
  return { refers: [], loosened: new Set() }
}

interface Component extends Uses {
  readonly schema: unknown
  /** It refers to itself without going into a part of the value, so that no check of it would end. */
  endless: boolean | undefined
}

/** Bytes of components, without their descriptions, that are collected for one schema. */
const MAX_COLLECTED_BYTES = 4 * MAX_IMPORTED_BYTES
/** Notes that one operation lists. */
export const MAX_LOOSENED = 20

/**
 * Takes schemas out of one document, of OpenAPI 3.0 or later, as JSON Schema 2020-12. What they refer to comes along under `$defs`, once for each, so that any use of a
 * component (the second, the nested, the recursive one) means that component.
 */
export class SchemaSource {
  readonly #index: ReferenceIndex
  readonly #flags: PropertyFlags
  readonly #lookup: Lookup
  readonly #components = new Map<string, Component>()
  readonly #names = new Map<string, string>()
  readonly #taken = new Set<string>()
  /** By name of the definition. */
  readonly #targets = new Map<string, Target>()
  readonly #old: boolean

  constructor(spec: OpenAPISpec) {
    this.#old = spec.openapi.startsWith('3.0')
    this.#index = new ReferenceIndex(spec)
    this.#lookup = (reference) => {
      try {
        return this.#index.find(reference, [], '').node
      } catch {
        return undefined
      }
    }
    this.#flags = new PropertyFlags(this.#lookup)
  }

  /**
   * The schema as one that stands for itself. `at` is its place, for errors.
   * Throws CallError VALIDATION_ERROR for a reference that leads to nothing or out of the document.
   */
  take(schema: unknown, direction: Direction, at: string): unknown {
    const uses = newUses()
    return runAtOnce(
      this.definitionSteps(this.convert(schema, direction, at, uses), direction, uses),
    )
  }

  /** Converts without adding definitions: what it needs is put into `uses`. */
  convert(schema: unknown, direction: Direction, at: string, uses: Uses): unknown {
    return schema === undefined
      ? true
      : convertSchema(schema, this.#conversion(direction, uses), at)
  }

  /**
   * Adds what a converted schema refers to, directly or not, the nearest first. Beyond several times the size that a schema may have, the rest is left out:
   * `limitSchemaSize` would not keep it. A component is converted in a step of its own.
   */
  *definitionSteps(schema: unknown, direction: Direction, uses: Uses): Generator<void, unknown> {
    if (uses.refers.length === 0 || !isPlainObject(schema)) return schema
    const definitions: Fields = {}
    const waiting = [...uses.refers]
    let before = this.#components.size
    let bytes = 0
    for (let next = 0; next < waiting.length && bytes <= MAX_COLLECTED_BYTES; next++) {
      const target = waiting[next] as Target
      const name = this.#definitionName(target.key)
      if (Object.hasOwn(definitions, name)) continue
      const component = this.component(target, direction)
      definitions[name] = component.schema
      bytes += measureSchema(component.schema)
      for (const note of component.loosened)
        if (uses.loosened.size <= MAX_LOOSENED) uses.loosened.add(note)
      for (const one of component.refers) waiting.push(one)
      if (this.#components.size > before) {
        before = this.#components.size
        yield
      }
    }
    return { ...schema, $defs: definitions }
  }

  /** A component, converted once for each direction. */
  component(target: Target, direction: Direction): Uses & { readonly schema: unknown } {
    const component = this.#converted(target, direction)
    component.endless ??= this.#isEndless(target, direction)
    if (!component.endless) return component
    const loosened = new Set([`${target.key} refers to itself without an end`])
    return { schema: true, refers: [], loosened }
  }

  #converted(target: Target, direction: Direction): Component {
    const key = `${direction} ${target.key}`
    let known = this.#components.get(key)
    if (known === undefined) {
      const uses = newUses()
      const schema = convertSchema(target.node, this.#conversion(direction, uses), target.key)
      known = { ...uses, schema, endless: undefined }
      this.#components.set(key, known)
    }
    return known
  }

  #isEndless(start: Target, direction: Direction): boolean {
    const seen = new Set<string>()
    const waiting = [start]
    for (let target = waiting.pop(); target !== undefined; target = waiting.pop())
      for (const name of namesInPlace(this.#converted(target, direction).schema)) {
        const next = this.#targets.get(name)
        if (next === undefined || seen.has(name)) continue
        if (next.key === start.key) return true
        seen.add(name)
        waiting.push(next)
      }
    return false
  }

  #conversion(direction: Direction, uses: Uses): Conversion {
    return {
      direction,
      flags: this.#flags,
      longFormat: (node) => longFormatOf(node, this.#lookup),
      ignoresSiblings: this.#old,
      loosen: (note) => {
        if (uses.loosened.size <= MAX_LOOSENED) uses.loosened.add(note)
      },
      refer: (reference: string, scopes: readonly Scope[], at: string) => {
        const target = this.#index.find(reference, scopes, at)
        uses.refers.push(target)
        const name = this.#definitionName(target.key)
        this.#targets.set(name, target)
        return { target, schema: { $ref: `#/$defs/${name}` } }
      },
    }
  }

  #definitionName(key: string): string {
    let name = this.#names.get(key)
    if (name !== undefined) return name
    const last = pointerTokens(key)?.at(-1) ?? ''
    const plain = last.replaceAll(/[^A-Za-z0-9_.-]/g, '_') || 'schema'
    name = plain === '__proto__' ? 'schema' : plain
    for (let count = 2; this.#taken.has(name); count++) name = `${plain}_${count}`
    this.#names.set(key, name)
    this.#taken.add(name)
    return name
  }
}

const IN_PLACE = ['allOf', 'anyOf', 'not', 'if', 'then', 'else']

/** Definitions that a converted schema applies to the same value as itself. */
function namesInPlace(schema: unknown): string[] {
  if (!isPlainObject(schema)) return []
  const names: string[] = []
  if (typeof schema['$ref'] === 'string') names.push(schema['$ref'].slice('#/$defs/'.length))
  for (const keyword of IN_PLACE) {
    const value = schema[keyword]
    for (const part of Array.isArray(value) ? value : [value]) names.push(...namesInPlace(part))
  }
  if (isPlainObject(schema['dependentSchemas']))
    for (const part of Object.values(schema['dependentSchemas'])) names.push(...namesInPlace(part))
  return names
}
