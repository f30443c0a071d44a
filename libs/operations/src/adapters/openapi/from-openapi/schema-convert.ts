import { isPlainObject } from '../../../schema/schema-limits.ts'
import { pointerAppend } from '../../../schema/json-pointer.ts'
import { isLongInteger, withIntegerText } from './integer-text.ts'
import type { Scope, Target } from './reference-index.ts'
import { convertKeywords, isLinear } from './schema-keywords.ts'
import type { Direction, PropertyFlags } from './schema-flags.ts'
import { withNull } from './schema-nullable.ts'
import { combines, isNames, isSchema, referenceOf, REQUIRING } from './schema-shape.ts'

type Fields = Record<string, unknown>

/** The input of a conversion. */
export interface Conversion {
  readonly direction: Direction
  readonly flags: PropertyFlags
  /** The format of the 64-bit integers that a schema is of, by itself or by what it refers to or combines. */
  readonly longFormat: (node: unknown) => string | undefined
  /** In OpenAPI 3.0 members beside a `$ref` are ignored. */
  readonly ignoresSiblings: boolean
  /** Called with each part of the document that the converted schema leaves out. */
  readonly loosen: (note: string) => void
  /** Throws CallError VALIDATION_ERROR for a reference that leads to nothing or out of the document. */
  readonly refer: (
    reference: string,
    scopes: readonly Scope[],
    at: string,
  ) => { readonly target: Target; readonly schema: Fields }
}

/** Levels of nested schemas. A compiled schema may have 128 levels of JSON, of which one level here takes two. */
const MAX_LEVELS = 48

/** Nested schemas of one conversion: copies of components can stand for exponentially many. */
const MAX_SCHEMAS = 10_000
/** Exact patterns of 64-bit integers in one conversion: each takes about 300 bytes of the size that a schema may have. */
const MAX_LONG_PATTERNS = 20

/** The remaining budget of a conversion. */
interface Budget {
  left: number
  longPatterns: number
}

/** Where in the document a schema is, and what schemas around it say. */
interface Place {
  readonly at: string
  readonly scopes: readonly Scope[]
  readonly level: number
  /** Names that are not required here, because a schema that applies to the same object has only the other side set them. */
  readonly optional: ReadonlySet<string> | undefined
  /** The format of 64-bit integers that schemas around it give to the same value. */
  readonly long: string | undefined
}

/**
 * A schema of a document as JSON Schema 2020-12 that the validator accepts, whatever the document has there: what it cannot express is left
 * out and reported to `loosen`. `at` is the schema's JSON Pointer. Throws CallError VALIDATION_ERROR only for references.
 */
export function convertSchema(node: unknown, conversion: Conversion, at: string): unknown {
  return new Converter(conversion, { left: MAX_SCHEMAS, longPatterns: MAX_LONG_PATTERNS }).convert(
    node,
    {
      at,
      scopes: [],
      level: 0,
      optional: undefined,
      long: undefined,
    },
  )
}

class Converter {
  readonly #on: Conversion
  readonly #schemas: Budget

  constructor(conversion: Conversion, schemas: Budget) {
    this.#on = conversion
    this.#schemas = schemas
  }

  convert(node: unknown, place: Place): unknown {
    if (typeof node === 'boolean') return node
    if (!isPlainObject(node)) return this.#anything(place, 'is not a schema')
    if (--this.#schemas.left < 0) return this.#anything(place, 'is one of too many schemas')
    if (place.level > MAX_LEVELS) return this.#anything(place, 'is nested too deeply')
    const defines = isPlainObject(node['$defs']) || isPlainObject(node['definitions'])
    const inner = {
      ...place,
      scopes: defines ? [...place.scopes, { key: place.at, node }] : place.scopes,
      long: place.long ?? (combines(node) ? this.#on.longFormat(node) : undefined),
    }
    const reference = referenceOf(node)
    return withNull(
      node,
      reference === undefined ? this.#plain(node, inner) : this.#reference(node, reference, inner),
    )
  }

  #anything({ at }: Place, message: string): true {
    this.#on.loosen(`${at} ${message}`)
    return true
  }

  #reference(node: Fields, reference: string, place: Place): Fields {
    const { flags, ignoresSiblings, refer } = this.#on
    const { at, scopes, level, optional, long } = place
    const { target, schema } = refer(reference, scopes, at)
    let found = schema
    // A component is shared; where this place requires less of it, it gets a copy.
    if (optional !== undefined && flags.requires(target.node, optional)) {
      const inner = { at: target.key, scopes, level: level + 1, optional, long }
      const own = this.convert(target.node, inner)
      if (isPlainObject(own)) found = own
    }
    if (ignoresSiblings) return found
    const { $ref: _, $dynamicRef: _dynamic, ...beside } = node
    const own = this.#plain(beside, place)
    if (found === schema) return { ...own, ...found }
    return Object.keys(own).length === 0 ? found : { allOf: [own, found] }
  }

  #plain(node: Fields, { at, scopes, level, optional, long }: Place): Fields {
    const out: Fields = {}
    const note: NoteOf = (keyword, message) => this.#on.loosen(`${at}/${keyword} ${message}`)
    convertKeywords(node, out, note)
    const group = this.#optionalNames(node, optional)
    if (group !== undefined && Array.isArray(out['required'])) {
      const required = out['required'].filter((name) => !group.has(name as string))
      if (required.length > 0) out['required'] = required
      else delete out['required']
    }
    const part: Part = (value, keyword, sameObject = false) =>
      this.convert(value, {
        at: `${at}/${keyword}`,
        scopes,
        level: level + 1,
        optional: sameObject ? group : undefined,
        long: sameObject ? long : undefined,
      })
    this.#objectKeywords(node, out, part, note)
    if (group !== undefined && isPlainObject(out['dependentRequired']))
      out['dependentRequired'] = Object.fromEntries(
        Object.entries(out['dependentRequired']).map(([name, names]) => [
          name,
          (names as string[]).filter((one) => !group.has(one)),
        ]),
      )
    this.#arrayKeywords(node, out, part, note)
    this.#combinations(node, out, part, note)
    this.#conditions(node, out, { at, scopes, level: level + 1, optional: group, long })
    if (this.#on.direction === 'response' && 'format' in out && !isLongInteger(out)) {
      // A `format` is a promise to the service, but only a note in an answer: services break it.
      out['x-format'] = out['format']
      delete out['format']
    }
    if ((isLongInteger(out) || long !== undefined) && 'multipleOf' in out)
      note('multipleOf', 'is not applied to an integer that is given as text')
    return withIntegerText(out, long, () => {
      if (--this.#schemas.longPatterns >= 0) return true
      note('format', 'is applied to the number of digits of a text only')
      return false
    })
  }

  #optionalNames(
    node: Fields,
    inherited: ReadonlySet<string> | undefined,
  ): ReadonlySet<string> | undefined {
    if (REQUIRING.every((keyword) => node[keyword] === undefined)) return inherited
    const own = this.#on.flags.namesOf(node, this.#on.direction)
    if (own.size === 0) return inherited
    return inherited === undefined ? own : new Set([...inherited, ...own])
  }

  #objectKeywords(node: Fields, out: Fields, part: Part, note: NoteOf): void {
    for (const key of ['properties', 'patternProperties', 'dependentSchemas'] as const) {
      const map = node[key]
      if (!isPlainObject(map)) {
        if (map !== undefined) note(key, 'is not a map of schemas')
        continue
      }
      const converted: Fields = {}
      for (const [name, value] of Object.entries(map))
        if (name === '__proto__') note(key, 'has a property called __proto__')
        else if (key === 'patternProperties' && !isLinear(name))
          note(key, 'has a pattern that cannot run in linear time')
        else converted[name] = part(value, pointerAppend(key, name), key === 'dependentSchemas')
      out[key] = converted
      if (key === 'patternProperties' && Object.keys(converted).length < Object.keys(map).length)
        out['additionalProperties'] = true
    }
    for (const key of ['additionalProperties', 'propertyNames', 'unevaluatedProperties'] as const)
      if (out[key] === undefined && isSchema(node[key])) out[key] = part(node[key], key)
      else if (node[key] !== undefined && out[key] === undefined) note(key, 'is not a schema')
    const dependent = node['dependentRequired'] ?? node['dependencies']
    if (!isPlainObject(dependent)) return
    const lists = Object.entries(dependent).filter(
      ([name, list]) => name !== '__proto__' && isNames(list),
    )
    if (lists.length > 0)
      out['dependentRequired'] = Object.fromEntries(
        lists.map(([name, list]) => [name, [...new Set(list as string[])]]),
      )
    if (lists.length < Object.keys(dependent).length) note('dependencies', 'is left out in part')
  }

  #arrayKeywords(node: Fields, out: Fields, part: Part, note: NoteOf): void {
    const { items, prefixItems, additionalItems } = node
    const tuple = Array.isArray(prefixItems)
      ? prefixItems
      : Array.isArray(items)
        ? items
        : undefined
    if (tuple !== undefined && tuple.length > 0)
      out['prefixItems'] = tuple.map((item, index) =>
        part(item, `${tuple === items ? 'items' : 'prefixItems'}/${index}`),
      )
    const rest = tuple !== undefined && tuple === items ? additionalItems : items
    if (isSchema(rest)) out['items'] = part(rest, 'items')
    else if (rest !== undefined && rest !== null && !Array.isArray(rest))
      note('items', 'is not a schema')
    if (isSchema(node['contains'])) out['contains'] = part(node['contains'], 'contains')
    else if (isSchema(node['unevaluatedItems']))
      out['unevaluatedItems'] = part(node['unevaluatedItems'], 'unevaluatedItems')
  }

  #combinations(node: Fields, out: Fields, part: Part, note: NoteOf): void {
    const lists: Fields[] = []
    for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
      const list = node[key]
      if (list === undefined) continue
      if (!Array.isArray(list) || list.length === 0) note(key, 'is not a list of schemas')
      else {
        const converted = list.map((item, index) => part(item, `${key}/${index}`, true))
        if (key === 'allOf') lists.push(...(converted as Fields[]))
        // Documents write `oneOf` for "one of these" and their options overlap: that no second one fits is for the service to check.
        else if (out['anyOf'] === undefined) out['anyOf'] = converted
        else lists.push({ anyOf: converted })
      }
    }
    if (lists.length > 0) out['allOf'] = lists
  }

  /** A condition of which something was left out would refuse values that the document allows, so it is left out as a whole. */
  #conditions(node: Fields, out: Fields, place: Place): void {
    for (const keys of [['not'], ['if', 'then', 'else']] as const) {
      if (!isSchema(node[keys[0]])) continue
      let exact = true
      const strict = new Converter(
        {
          ...this.#on,
          loosen: (note) => {
            exact = false
            this.#on.loosen(note)
          },
        },
        this.#schemas,
      )
      const converted: Fields = {}
      for (const key of keys)
        if (isSchema(node[key]))
          converted[key] = strict.convert(node[key], {
            ...place,
            at: `${place.at}/${key}`,
            // What a condition asks for is exact; what follows from it is required as elsewhere.
            optional: key === 'then' || key === 'else' ? place.optional : undefined,
          })
      if (exact) Object.assign(out, converted)
    }
  }
}

type Part = (value: unknown, keyword: string, sameObject?: boolean) => unknown
type NoteOf = (keyword: string, message: string) => void
