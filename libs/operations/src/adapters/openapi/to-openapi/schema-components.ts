import { compact } from '@alkdev/std'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { DATA } from '../../../schema/schema-keywords.ts'
import type { JsonSchema } from '../../../registry/types.ts'

type Fields = Record<string, unknown>

/** Characters of a schema from which a reference to a component is shorter. */
const WORTH_SHARING = 100

/**
 * Writes the schemas of operations into a document. One without references is written where it is used; one with them becomes a component, because a reference
 * inside it (`#`, `#/$defs/Node`) means a place in that schema: there it can be said from the document's root, which every OpenAPI tool understands. A
 * schema that was announced twice by `count` becomes a component too, once, under the name of its first use.
 */
export class SchemaComponents {
  readonly schemas: Fields = {}
  /** Schemas as JSON, with the number of times that they are used, up to 2. */
  readonly #uses = new Map<string, number>()
  /** The components of repeated schemas, by the JSON of the schema. */
  readonly #shared = new Map<string, string>()

  /** Announces one use of a schema, before any is written. */
  count(schema: JsonSchema): void {
    const text = JSON.stringify(schema)
    if (text.length >= WORTH_SHARING) this.#uses.set(text, this.#uses.has(text) ? 2 : 1)
  }

  /** What stands at the place of use. `name` is the component's, should there be one: letters, digits, `.`, `_`, `-`. */
  write(schema: JsonSchema, name: string): unknown {
    // Symbols (TypeBox's kinds) and undefined members are gone with this.
    const text = JSON.stringify(schema)
    const known = this.#shared.get(text)
    if (known !== undefined) return { $ref: known }
    const plain: unknown = JSON.parse(text)
    if (!isPlainObject(plain)) return plain
    const repeats = this.#uses.get(text) === 2
    if (!repeats && !text.includes('"$ref"')) return rewrite(plain, undefined)
    const key = name.replaceAll(/[^A-Za-z0-9._-]/g, '_')
    // A schema that names its parts keeps its own name space.
    const named = declaresNames(plain)
    const base = `#/components/schemas/${key}`
    this.schemas[key] = named
      ? { $id: `urn:schema:${key}`, ...(rewrite(plain, undefined) as Fields) }
      : rewrite(plain, base)
    if (repeats) this.#shared.set(text, base)
    return { $ref: base }
  }
}

function declaresNames(schema: Fields): boolean {
  const text = JSON.stringify(schema)
  return ['"$id"', '"$anchor"', '"$dynamicAnchor"', '"$dynamicRef"'].some((word) =>
    text.includes(word),
  )
}

/** References from the document's root; what draft-07 says in another way than 2020-12, the dialect of OpenAPI 3.1. */
function rewrite(node: unknown, base: string | undefined): unknown {
  if (Array.isArray(node)) return node.map((item) => rewrite(item, base))
  if (!isPlainObject(node)) return node
  const out: Fields = {}
  for (const [key, value] of Object.entries(node)) {
    if (key === '$schema') continue
    if (key === '$ref' && typeof value === 'string' && base !== undefined && value.startsWith('#'))
      out[key] = base + value.slice(1)
    else out[key] = DATA.has(key) ? value : rewrite(value, base)
  }
  if (Array.isArray(out['items'])) {
    const { items, additionalItems, ...rest } = out
    return {
      ...rest,
      prefixItems: items,
      ...compact({ items: additionalItems }),
    }
  }
  return out
}
