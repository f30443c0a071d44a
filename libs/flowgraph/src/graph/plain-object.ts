import { ANY, isAnnotation, portableText } from '@alkdev/operations/internal'
import type { Expander, SchemaNode } from '@alkdev/operations/internal'
import type { Undeclared } from '@alkdev/operations/schema-compatibility'

/** A schema of objects that says nothing but which properties there are: what most operations take and give. */
export interface PlainObject {
  readonly required: ReadonlySet<string>
  /** A few bits of each required name: what has not all bits of another has not all its names. */
  readonly requiredBits: number
  readonly names: readonly string[]
  /** Of each name the number of the schema of its values. */
  readonly properties: ReadonlyMap<string, number>
  /** As an output: nothing else is there. */
  readonly closed: boolean
  /** As an input: nothing else may be there. */
  readonly exclusive: boolean
}

const PLAIN: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
])

/** The schema as a plain object; `undefined` when it is more than that. Equal schemas of properties have equal numbers. */
export function plainObjectOf(
  node: SchemaNode,
  numberOf: (node: SchemaNode) => number | undefined,
  undeclared: Undeclared,
  expander: Expander,
): PlainObject | undefined {
  const { schema, text } = node
  if (typeof schema === 'boolean' || schema['type'] !== 'object') return undefined
  if (text === undefined || portableText(node) === undefined) return undefined
  if (!Object.keys(schema).every((keyword) => PLAIN.has(keyword) || isAnnotation(keyword)))
    return undefined
  const [shape, ...others] = expander.expand([node])
  if (shape?.kind !== 'object' || others.length > 0) return undefined
  if (!shape.open && shape.rest.length > 0 && !expander.isEmpty(shape.rest)) return undefined
  const properties = new Map<string, number>()
  for (const [name, [only = ANY]] of shape.properties) {
    const number = only.schema === false ? undefined : numberOf(only)
    if (number === undefined) return undefined
    properties.set(name, number)
  }
  for (const name of shape.required) {
    if (properties.has(name)) continue
    if (shape.rest.length > 0) return undefined
    properties.set(name, numberOf(ANY) ?? 0)
  }
  const names = [...properties.keys()]
  return {
    required: shape.required,
    requiredBits: bitsOf(shape.required),
    exclusive: shape.rest.length > 0,
    names: names.toSorted((a, b) => Number(shape.required.has(b)) - Number(shape.required.has(a))),
    properties,
    closed:
      shape.rest.length > 0 || (shape.open && undeclared === 'absent' && shape.properties.size > 0),
  }
}

/** Does the output fit? `fits` compares two numbered schemas. `anything` is the number of the schema that says nothing. */
export function plainFits(
  output: PlainObject,
  input: PlainObject,
  fits: (output: number, input: number) => boolean,
  anything: number,
): boolean {
  if ((input.requiredBits & ~output.requiredBits) !== 0) return false
  if (input.exclusive && !output.closed) return false
  for (const name of input.names) {
    if (input.required.has(name) && !output.required.has(name)) return false
    const takes = input.properties.get(name) ?? anything
    if (takes === anything) continue
    const gives = output.properties.get(name)
    if (gives === undefined) {
      if (!output.closed) return false
    } else if (gives !== takes && !fits(gives, takes)) return false
  }
  return !input.exclusive || output.names.every((name) => input.properties.has(name))
}

function bitsOf(names: Iterable<string>): number {
  let bits = 0
  for (const name of names) {
    let hash = 0
    for (let at = 0; at < name.length; at += 1) hash = (hash * 31 + name.charCodeAt(at)) | 0
    bits |= 1 << (hash & 31)
  }
  return bits
}
