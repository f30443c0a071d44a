import type { JsonSchema } from '../../registry/types.ts'
import { canonicalSchema } from './canonical-schema.ts'

export type SchemaRecord = Readonly<Record<string, unknown>>

/** A JSON object that is not an array. */
export function isRecord(value: unknown): value is SchemaRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One schema inside a document. Two nodes of the same document and schema object are the same object. */
export interface SchemaNode {
  readonly schema: boolean | SchemaRecord
  readonly document: SchemaDocument
  /** The schema in canonical form, made on demand; `undefined` when it is nested too deep. */
  readonly text: string | undefined
}

/** Values that satisfy every node of the list; an empty list is satisfied by any value. */
export type Constraint = readonly SchemaNode[]

class Node implements SchemaNode {
  readonly schema: boolean | SchemaRecord
  readonly document: SchemaDocument
  #text: string | undefined
  #textMade = false

  constructor(schema: boolean | SchemaRecord, document: SchemaDocument) {
    this.schema = schema
    this.document = document
  }

  get text(): string | undefined {
    if (!this.#textMade) {
      this.#text = canonicalSchema(this.schema)
      this.#textMade = true
    }
    return this.#text
  }
}

/** Keywords that versions of JSON Schema read differently, or not at all. */
const VERSIONED =
  /"(?:\$|items":\[|prefixItems|additionalItems|depend|unevaluated|minContains|maxContains)/

/**
 * Text that only schemas with the same meaning have, whatever document they stand in; `undefined` when the meaning depends on the
 * document around it or the text is too deep.
 */
export function portableText(node: SchemaNode): string | undefined {
  const { text } = node
  if (text === undefined || !VERSIONED.test(text)) return text
  const { dialect } = node.document
  return dialect === undefined || text.includes('"$') ? undefined : `${dialect} ${text}`
}

/** True when it is certain that both accept the same values. The meaning of references depends on the document around them. */
export function isSameSchema(a: SchemaNode, b: SchemaNode): boolean {
  if (a === b) return true
  if (typeof a.schema === 'boolean' || typeof b.schema === 'boolean') return false
  const { text } = a
  if (text === undefined || text !== b.text) return false
  if (a.document === b.document) return true
  const portable = portableText(a)
  if (portable !== undefined) return portable === portableText(b)
  const whole = a.document.node(a.document.root).text
  const sameWhole = whole !== undefined && whole === b.document.node(b.document.root).text
  return sameWhole && a.document.declared === b.document.declared
}

/** A root schema: gives its nodes identity and resolves references inside it. Nothing is fetched. */
export class SchemaDocument {
  readonly root: unknown
  readonly #nodes = new WeakMap<object, Node>()
  #targets: Map<string, unknown> | undefined
  #legacy: boolean | undefined

  constructor(root: unknown) {
    this.root = root
  }

  /** `$schema`. */
  get declared(): unknown {
    return isRecord(this.root) ? this.root['$schema'] : undefined
  }

  /** The version of JSON Schema by which it is read; `undefined` when validators may differ. */
  get dialect(): string | undefined {
    const { declared } = this
    if (typeof declared === 'string') return declared.replace(/#$/, '')
    return this.legacy ? undefined : 'https://json-schema.org/draft/2020-12/schema'
  }

  /**
   * Whether a validator may read it as draft-07 (or older), in which the neighbours of a `$ref` are ignored and some keywords do not exist:
   * because `$schema` names that version or, without one, because a keyword is used in the way of draft-07 only.
   */
  get legacy(): boolean {
    return (this.#legacy ??= isLegacy(this.root))
  }

  /** The node of a schema of this document. What is no schema at all is treated as one that nothing is known about. */
  node(schema: unknown): SchemaNode {
    if (schema === true) return ANY
    if (schema === false) return NEVER
    if (!isRecord(schema)) return this.node({ [NOT_A_SCHEMA]: String(schema) })
    const known = this.#nodes.get(schema)
    if (known !== undefined) return known
    const made = new Node(schema, this)
    this.#nodes.set(schema, made)
    return made
  }

  /**
   * What `$ref` points to: a JSON Pointer from the root (`#/$defs/a`), `#`, or an `$id`, `$anchor` of this document.
   * `undefined` when it leads out of the document, nowhere, or could mean two things.
   */
  resolve(reference: unknown): SchemaNode | undefined {
    if (typeof reference !== 'string') return undefined
    this.#targets ??= collectTargets(this.root)
    if (reference === '#') return this.node(this.root)
    if (reference.startsWith('#/')) {
      if (this.#targets.has(SEVERAL_RESOURCES)) return undefined
      return this.#pointer(reference.slice(2))
    }
    const target = this.#targets.get(reference)
    return target === undefined || target === AMBIGUOUS ? undefined : this.node(target)
  }

  #pointer(pointer: string): SchemaNode | undefined {
    let at: unknown = this.root
    for (const raw of pointer.split('/')) {
      const step = decodeStep(raw)
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
      at = (at as Record<string, unknown>)[step]
    }
    return typeof at === 'boolean' || isRecord(at) ? this.node(at) : undefined
  }
}

const NOT_A_SCHEMA = '$notASchema'
const AMBIGUOUS = Symbol('ambiguous')
const SEVERAL_RESOURCES = '\0several'
const MAX_DEPTH = 512

function decodeStep(raw: string): string {
  try {
    return decodeURIComponent(raw).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return raw
  }
}

function isLegacy(root: unknown): boolean {
  const dialect = isRecord(root) ? root['$schema'] : undefined
  if (typeof dialect === 'string') return !/2019-09|2020-12/.test(dialect)
  for (const at of objectsOf(root)) {
    if (Array.isArray(at)) continue
    const { items, dependencies, additionalItems } = at as SchemaRecord
    if (Array.isArray(items) || dependencies !== undefined || additionalItems !== undefined)
      return true
  }
  return false
}

/** Every object and list of a document, each once. */
function* objectsOf(root: unknown): Generator<object> {
  const seen = new Set<object>()
  const pending: { at: unknown; depth: number }[] = [{ at: root, depth: 0 }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { at, depth } = next
    if (typeof at !== 'object' || at === null || seen.has(at) || depth > MAX_DEPTH) continue
    seen.add(at)
    yield at
    for (const child of Object.values(at)) pending.push({ at: child, depth: depth + 1 })
  }
}

/** Every `$id` and `$anchor` below the root. A nested `$id` moves the base of `#/...`, which then is not resolved at all. */
function collectTargets(root: unknown): Map<string, unknown> {
  const targets = new Map<string, unknown>()
  const add = (key: string, schema: unknown): void => {
    targets.set(key, targets.has(key) && targets.get(key) !== schema ? AMBIGUOUS : schema)
  }
  for (const at of objectsOf(root)) {
    if (!isRecord(at)) continue
    const id = at['$id']
    if (typeof id === 'string' && id !== '') {
      add(id, at)
      if (at !== root) targets.set(SEVERAL_RESOURCES, true)
    }
    const anchor = at['$anchor']
    if (typeof anchor === 'string') add(`#${anchor}`, at)
  }
  return targets
}

const EMPTY = new SchemaDocument({})

/** Accepts every value. */
export const ANY: SchemaNode = new Node(true, EMPTY)
/** Accepts no value. */
export const NEVER: SchemaNode = new Node(false, EMPTY)

/** A node outside of any document, for schemas without references. */
export function looseNode(schema: SchemaRecord): SchemaNode {
  return new Node(schema, EMPTY)
}

const documents = new WeakMap<object, SchemaNode>()

/** The root node of a schema; the same object gives the same node. The schema must not be changed afterwards. */
export function rootNode(schema: JsonSchema): SchemaNode {
  if (typeof schema === 'boolean') return schema ? ANY : NEVER
  const known = documents.get(schema)
  if (known !== undefined) return known
  const made = new SchemaDocument(schema).node(schema)
  documents.set(schema, made)
  return made
}
