import { pointerAppend } from '../../../schema/json-pointer.ts'
import type { Random } from './random.ts'

type Container = Record<string, unknown> | unknown[]

interface Place {
  readonly holder: Container
  readonly key: string
  readonly pointer: string
}

/** Members that documents have in places where they do not belong. */
const NAMES = [
  '$ref',
  '$id',
  '$anchor',
  '$defs',
  '$dynamicRef',
  '__proto__',
  'additionalProperties',
  'allOf',
  'anyOf',
  'const',
  'constructor',
  'contains',
  'content',
  'dependencies',
  'enum',
  'exclusiveMinimum',
  'explode',
  'format',
  'if',
  'in',
  'items',
  'maxLength',
  'multipleOf',
  'name',
  'not',
  'nullable',
  'oneOf',
  'openapi',
  'parameters',
  'pattern',
  'patternProperties',
  'prefixItems',
  'properties',
  'readOnly',
  'required',
  'schema',
  'servers',
  'style',
  'type',
  'unevaluatedProperties',
  'x-note',
]

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  '',
  'string',
  'object',
  'any',
  '(a+)+$',
  '(?=x)',
  '[',
  '#',
  '#/',
  '#/paths',
  '#/components/schemas/A',
  '#/components/schemas/%zz',
  '#/components/schemas/~2',
  '#nothing',
  'other.json#/A',
  '../..',
  'application/json',
  '\u0000\uD800',
  '{}',
  '{x}{y',
  'x'.repeat(5000),
  [],
  [[]],
  [null],
  ['null', 'string'],
  {},
  { $ref: '#' },
  { $ref: '#/paths' },
  { type: 'object', required: true, properties: { a: null } },
]

/** Most places of a document; the deeper ones of large documents are left out. */
const MAX_PLACES = 20_000

function placesOf(document: unknown): Place[] {
  const places: Place[] = []
  const waiting: { node: unknown; pointer: string }[] = [{ node: document, pointer: '' }]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { node, pointer } = next
    if (typeof node !== 'object' || node === null) continue
    for (const [key, value] of Object.entries(node)) {
      if (places.length >= MAX_PLACES) return places
      const at = pointerAppend(pointer, key)
      places.push({ holder: node as Container, key, pointer: at })
      waiting.push({ node: value, pointer: at })
    }
  }
  return places
}

/** A copy of a document with one to four faults of the kinds that real documents, their tools, and attackers make. */
export function mutated(document: unknown, random: Random): unknown {
  const copy: unknown = structuredClone(document)
  for (let faults = 1 + random.below(4); faults > 0; faults--) {
    const places = placesOf(copy)
    if (places.length === 0) return copy
    mutate(random.pick(places), random.pick(places), random)
  }
  return copy
}

function mutate(place: Place, other: Place, random: Random): void {
  const value: unknown = Reflect.get(place.holder, place.key)
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  switch (random.below(9)) {
    case 0:
      Reflect.deleteProperty(place.holder, place.key)
      break
    case 1:
      put(place.holder, place.key, oneValue(random))
      break
    case 2:
      put(place.holder, place.key, structuredClone(Reflect.get(other.holder, other.key)))
      break
    case 3:
      put(place.holder, place.key, { $ref: `#${other.pointer}` })
      break
    case 4:
      put(isObject ? (value as Container) : place.holder, random.pick(NAMES), oneValue(random))
      break
    case 5:
      put(place.holder, place.key, nested(value, random))
      break
    case 6:
      put(
        place.holder,
        place.key,
        typeof value === 'string' ? `${value}${random.pick(NAMES)}` : [value],
      )
      break
    case 7:
      put(place.holder, random.pick(NAMES), structuredClone(value))
      break
    default:
      put(
        place.holder,
        `${place.key}${random.pick(['', '/', '~', '{', '}', '?', '#', '%'])}`,
        structuredClone(value),
      )
  }
}

/** A copy: later faults of the same document change what is within it. */
function oneValue(random: Random): unknown {
  return structuredClone(random.pick(VALUES))
}

function nested(value: unknown, random: Random): unknown {
  const keyword = random.pick(['allOf', 'anyOf', 'items', 'not', 'properties'])
  let out = value
  for (let levels = random.pick([1, 2, 50, 300]); levels > 0; levels--)
    out =
      keyword === 'properties'
        ? { properties: { a: out } }
        : { [keyword]: keyword.endsWith('Of') ? [out] : out }
  return out
}

function put(holder: Container, key: string, value: unknown): void {
  Object.defineProperty(holder, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}
