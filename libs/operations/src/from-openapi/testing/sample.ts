import { pointerGet } from '../../json-pointer.ts'

type Fields = Readonly<Record<string, unknown>>

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-02-03',
  'date-time': '2026-02-03T04:05:06Z',
  time: '04:05:06Z',
  email: 'a@example.org',
  uri: 'https://example.org/a',
  url: 'https://example.org/a',
  uuid: '018f4c2e-7b1a-7c3d-8e9f-0123456789ab',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  hostname: 'example.org',
  duration: 'P1D',
  byte: 'AAEC',
  'json-pointer': '/a',
  'relative-json-pointer': '1/a',
}

/**
 * A value that a schema accepts, for schemas as real documents have them. References are looked up in `root`. Written apart from the code under test,
 * so that both must understand a document in the same way. Optional members are there down to the third level.
 */
export function sample(schema: unknown, root: unknown, depth = 0): unknown {
  if (typeof schema !== 'object' || schema === null) return 'anything'
  const node = schema as Fields
  // Deeper than any document but those whose values never end.
  if (depth > 40) return {}
  if (typeof node['$ref'] === 'string')
    return sample(pointerGet(root, decodeURIComponent(node['$ref'].slice(1))), root, depth + 1)
  if ('const' in node) return node['const']
  const { enum: values, allOf, oneOf, anyOf } = node
  if (Array.isArray(values)) return values[0]
  for (const options of [oneOf, anyOf])
    if (Array.isArray(options)) return either(node, options, root, depth)
  if (Array.isArray(allOf)) return all(node, allOf, root, depth)
  const type = Array.isArray(node['type'])
    ? node['type'].find((one) => one !== 'null')
    : node['type']
  switch (type ?? (node['properties'] === undefined ? 'string' : 'object')) {
    case 'object':
      return object(node, root, depth)
    case 'array':
      return array(node, root, depth)
    case 'integer':
    case 'number':
      return number(node)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return text(node)
  }
}

function either(node: Fields, options: readonly unknown[], root: unknown, depth: number): unknown {
  const { oneOf: _one, anyOf: _any, ...rest } = node
  // Deep down the option without references ends a recursion.
  const plain = options.find((option) => !JSON.stringify(option).includes('$ref'))
  const chosen = sample(depth > 4 && plain !== undefined ? plain : options[0], root, depth + 1)
  const own = node['properties'] === undefined ? undefined : sample(rest, root, depth)
  return isObject(chosen) && isObject(own) ? { ...own, ...chosen } : chosen
}

function all(node: Fields, parts: readonly unknown[], root: unknown, depth: number): unknown {
  const merged = [node, ...parts].reduce<Fields>(
    (into, part) => merge(into, part, root, part === node ? 0 : 1),
    {},
  )
  return sample(merged, root, depth + 1)
}

/** The parts of an `allOf` as one schema; of two that speak of a member, the one that names its values counts. */
function merge(into: Fields, part: unknown, root: unknown, depth: number): Fields {
  if (!isObject(part) || depth > 8) return into
  const { $ref, allOf, properties, required, ...rest } = part as Fields
  let out: Fields = into
  if (typeof $ref === 'string')
    out = merge(out, pointerGet(root, decodeURIComponent($ref.slice(1))), root, depth + 1)
  if (Array.isArray(allOf) && depth > 0)
    for (const inner of allOf) out = merge(out, inner, root, depth + 1)
  const members: Record<string, unknown> = { ...(out['properties'] as Fields | undefined) }
  for (const [name, member] of Object.entries((properties ?? {}) as Fields))
    if (!named(members[name])) members[name] = member
  return {
    ...out,
    ...rest,
    ...(Object.keys(members).length === 0 ? {} : { properties: members }),
    required: [...((out['required'] ?? []) as unknown[]), ...((required ?? []) as unknown[])],
  }
}

function named(schema: unknown): boolean {
  return isObject(schema) && ('enum' in schema || 'const' in schema)
}

function object(node: Fields, root: unknown, depth: number): unknown {
  const out: Record<string, unknown> = {}
  const required = (Array.isArray(node['required']) ? node['required'] : []) as string[]
  // Documents also ask for members that they do not describe.
  for (const name of required) out[name] = 'text'
  for (const [name, property] of Object.entries((node['properties'] ?? {}) as Fields))
    if (required.includes(name) || depth < 3) out[name] = sample(property, root, depth + 1)
  return out
}

function array(node: Fields, root: unknown, depth: number): unknown {
  const least = typeof node['minItems'] === 'number' ? node['minItems'] : depth < 4 ? 1 : 0
  return Array.from({ length: node['uniqueItems'] === true ? Math.min(least, 1) : least }, () =>
    sample(node['items'], root, depth + 1),
  )
}

function number(node: Fields): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = node
  let value = 1
  if (typeof minimum === 'number') value = Math.max(value, minimum)
  if (typeof exclusiveMinimum === 'number') value = Math.max(value, exclusiveMinimum + 1)
  else if (exclusiveMinimum === true) value += 1
  if (typeof multipleOf === 'number') value = Math.ceil(value / multipleOf) * multipleOf
  if (typeof maximum === 'number' && value > maximum) value = maximum
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum)
    value = exclusiveMaximum - 1
  return value
}

function text(node: Fields): string {
  const fitting = matching(node['pattern'])
  if (fitting !== undefined) return fitting
  const format = typeof node['format'] === 'string' ? FORMATS[node['format']] : undefined
  const known = format ?? (typeof node['example'] === 'string' ? node['example'] : 'text')
  const least = typeof node['minLength'] === 'number' ? node['minLength'] : 0
  const most = typeof node['maxLength'] === 'number' ? node['maxLength'] : Number.POSITIVE_INFINITY
  return known.padEnd(least, 'x').slice(0, most)
}

const HEX = '0123456789abcdef01234567'
const CANDIDATES = [
  'text',
  'stable',
  'aab',
  '#fff',
  'rdme_a',
  'a.json',
  HEX,
  `/images/${HEX}`,
  '/projects/me',
  `/projects/me/apikeys/${HEX}`,
  `/changelogs/${HEX}`,
  `/recipes/${HEX}`,
  '0123456789abcdef0123456789abcdef',
  '/branches/stable',
  '/branches/stable/recipes/a',
  '/branches/stable/apis/a.json',
  '/branches/stable/categories/guides/a',
  '/branches/stable/guides/a',
  '/branches/stable/reference/a',
  '/branches/stable/custom_pages/a',
  '/owlbot/a',
]

/** Undefined without a pattern, or for one that none of the texts of real documents fits. */
function matching(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return undefined
  const known = new RegExp(pattern)
  return CANDIDATES.find((text) => known.test(text))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
