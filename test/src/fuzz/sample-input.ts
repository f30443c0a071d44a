import { Type } from '@alkdev/typebox'

interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly pattern?: string
  readonly format?: string
  readonly minLength?: number
  readonly minimum?: number
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: '01990000-0000-7000-8000-000000000001',
  'date-time': '2099-01-01T00:00:00Z',
  email: 'a@example.com',
  uri: 'https://x.example/',
}
const TEXTS = [
  'fuzz',
  'hub:read',
  'fs.read',
  'spoke:x',
  'a@example.com',
  '1.0.0',
  '/x',
  '@',
  'https://x.example',
  'CODE',
  'abc0',
  // A commit.
  'a'.repeat(40),
]

/** A value that fits the schema of one of the hub's operations, with every optional member, and one item in each list. Throws RangeError where it knows none. */
export function sampleOf(schema: unknown): unknown {
  const one = schema as Schema
  if (one.const !== undefined) return one.const
  if (one.enum !== undefined) return one.enum[0]
  const branch = (one.anyOf ?? one.oneOf)?.[0]
  if (branch !== undefined) return sampleOf(branch)
  if (one.allOf !== undefined)
    return Object.assign({}, ...one.allOf.map((part) => sampleOf(part))) as unknown
  switch (one.type) {
    case 'string':
      return textOf(one)
    case 'integer':
    case 'number':
      return Math.max(1, one.minimum ?? 1)
    case 'boolean':
      return true
    case 'null':
      return null
    case 'array':
      return [sampleOf(one.items ?? {})]
    case 'object':
      return objectOf(one)
    // Any JSON value.
    default:
      return { text: 'x' }
  }
}

function textOf({ format, pattern, minLength = 0 }: Schema): string {
  const text = format === undefined ? undefined : FORMATS[format]
  if (text !== undefined) return text
  const fitting = TEXTS.find(
    (known) =>
      known.length >= minLength && (pattern === undefined || new RegExp(pattern, 'u').test(known)),
  )
  if (fitting === undefined) throw new RangeError(`no text for ${pattern} ${format}`)
  return fitting
}

function objectOf(schema: Schema): object {
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => [name, sampleOf(member)] as const,
  )
  const patterns = Object.entries(schema.patternProperties ?? {})
  for (const [pattern, member] of patterns)
    members.push([textOf({ pattern }), sampleOf(member)] as const)
  const { additionalProperties } = schema
  const isOpen = members.length === 0 && additionalProperties !== false
  if (typeof additionalProperties === 'object' || isOpen)
    members.push(['more', sampleOf(additionalProperties ?? Type.Unknown())] as const)
  return Object.fromEntries(members)
}

/** A place in a JSON value, from the outside in. */
export type Place = readonly (string | number)[]

/** Every place in a value, itself excluded. */
export function placesIn(value: unknown, at: Place = []): readonly Place[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const place = [...at, Array.isArray(value) ? Number(name) : name]
    return [place, ...placesIn(member, place)]
  })
}

export function valueAt(value: unknown, place: Place): unknown {
  return place.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], value)
}

export function pointerOf(place: Place): string {
  return place.map((name) => `/${name}`).join('')
}

/** The JSON text of a value with other text in some places. Of two places one of which is in the other the outer one counts. */
export function textWith(
  value: unknown,
  replaced: ReadonlyMap<string, string>,
  at: Place = [],
): string {
  const own = replaced.get(pointerOf(at))
  if (own !== undefined) return own
  if (Array.isArray(value))
    return `[${value.map((item, index) => textWith(item, replaced, [...at, index])).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${textWith(member, replaced, [...at, name])}`,
  )
  return `{${members.join()}}`
}
