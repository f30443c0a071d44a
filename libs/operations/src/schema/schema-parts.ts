import { DATA, IN_PLACE, SCHEMA_MAP } from './schema-keywords.ts'

type Schema = Readonly<Record<string, unknown>>

/** Maximum schemas that may apply to one value. */
const MAX_APPLIED = 4096
/** Maximum parts of a document that are searched for an `$id` or an anchor. */
const MAX_PARTS = 65_536

/** Finds which parts of a schema document apply to the same value as a given part. */
export class SchemaParts {
  readonly #root: unknown
  readonly #closures = new Map<object, readonly Schema[] | undefined>()
  #named: ReadonlyMap<string, unknown> | undefined

  constructor(root: unknown) {
    this.#root = root
  }

  /**
   * The schemas themselves with everything that may apply to the same value: `$ref`, `allOf`, every branch of `anyOf`, `oneOf`, `if` and
   * `not`. Undefined when it is unknown: a reference leads nowhere, or there are over 4,096.
   */
  inPlace(schemas: readonly unknown[]): readonly Schema[] | undefined {
    const [first] = schemas
    if (schemas.length === 1 && isSchema(first)) {
      if (!this.#closures.has(first)) this.#closures.set(first, this.#closure([first]))
      return this.#closures.get(first)
    }
    return this.#closure(schemas)
  }

  #closure(schemas: readonly unknown[]): readonly Schema[] | undefined {
    const found = new Set<Schema>()
    const open = [...schemas]
    while (open.length > 0) {
      const schema = open.pop()
      if (!isSchema(schema) || found.has(schema)) continue
      found.add(schema)
      if (found.size > MAX_APPLIED) return undefined
      for (const [keyword, value] of Object.entries(schema)) {
        if (IN_PLACE.has(keyword)) open.push(...alternatives(keyword, value))
        else if (REFERENCES.has(keyword)) {
          const target = this.#resolve(value)
          if (target === undefined) return undefined
          open.push(target)
        }
      }
    }
    return [...found]
  }

  #resolve(reference: unknown): unknown {
    if (typeof reference !== 'string') return undefined
    if (reference === '#') return this.#root
    if (reference.startsWith('#/')) return this.#byPointer(reference.slice(2))
    this.#named ??= namedParts(this.#root)
    return this.#named.get(reference)
  }

  #byPointer(pointer: string): unknown {
    let part = this.#root
    for (const step of pointer.split('/')) {
      const name = nameOf(step)
      if (typeof part !== 'object' || part === null || !Object.hasOwn(part, name)) return undefined
      part = (part as Schema)[name]
    }
    return part
  }
}

const REFERENCES: ReadonlySet<string> = new Set(['$ref', '$dynamicRef', '$recursiveRef'])

/** The schemas in the value of a keyword that takes one, a list of them, or a map of names to them. */
function alternatives(keyword: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (!isSchema(value)) return []
  return SCHEMA_MAP.has(keyword) ? Object.values(value) : [value]
}

function nameOf(step: string): string {
  let name = step
  try {
    name = decodeURIComponent(step)
  } catch {
    // Not percent-encoded.
  }
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** Every part with an `$id` or an anchor, by the texts that refer to it. */
function namedParts(root: unknown): ReadonlyMap<string, unknown> {
  const named = new Map<string, unknown>()
  const open: unknown[] = [root]
  for (let parts = 0; open.length > 0 && parts < MAX_PARTS; parts++) {
    const part = open.pop()
    if (Array.isArray(part)) for (const item of part) open.push(item)
    if (!isSchema(part)) continue
    const { $id, $anchor, $dynamicAnchor } = part
    if (typeof $id === 'string') named.set($id, part)
    for (const anchor of [$anchor, $dynamicAnchor]) {
      if (typeof anchor === 'string') named.set(`#${anchor}`, part)
    }
    for (const [keyword, value] of Object.entries(part)) {
      if (DATA.has(keyword)) continue
      const isMap = SCHEMA_MAP.has(keyword) && isSchema(value)
      if (isMap) for (const inner of Object.values(value)) open.push(inner)
      else open.push(value)
    }
  }
  return named
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
