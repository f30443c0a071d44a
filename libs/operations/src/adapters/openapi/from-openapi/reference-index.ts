import { pointerAppend, pointerGet } from '../../../schema/json-pointer.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { documentError, referencePointer } from './document.ts'
import type { OpenAPISpec } from './types.ts'

type Fields = Readonly<Record<string, unknown>>

/** A schema of the document: `key` is its JSON Pointer, the same for each reference to it. */
export interface Target {
  readonly key: string
  readonly node: unknown
}

/** A schema around the current one, to whose definitions references may refer. */
export interface Scope {
  readonly key: string
  readonly node: Fields
}

/** Maximum nodes that are searched for anchors. */
const MAX_NODES = 2_000_000

/**
 * Finds what the references of one document name: JSON Pointers, anchors, `$id`s of schemas inside it, and definitions of a schema around
 * the reference.
 */
export class ReferenceIndex {
  readonly #spec: OpenAPISpec
  readonly #known = new Map<string, Target>()
  #names: ReadonlyMap<string, Target> | undefined

  constructor(spec: OpenAPISpec) {
    this.#spec = spec
  }

  /** Throws CallError VALIDATION_ERROR for a reference without a target or to another document. */
  find(reference: string, scopes: readonly Scope[], at: string): Target {
    const known = this.#known.get(reference)
    if (known !== undefined) return known
    const target = this.#pointed(reference, at) ?? this.#named(reference)
    if (target !== undefined) {
      this.#known.set(reference, target)
      return target
    }
    if (!reference.startsWith('#')) referencePointer(reference, at)
    const pointer = referencePointer(reference, at)
    for (const { key, node } of scopes.toReversed()) {
      const found = pointerGet(node, pointer)
      if (found !== undefined) return { key: `${key}${pointer}`, node: found }
    }
    throw documentError(at, `${JSON.stringify(reference.slice(0, 200))} leads to nothing`)
  }

  #pointed(reference: string, at: string): Target | undefined {
    if (!reference.startsWith('#/')) return undefined
    const key = referencePointer(reference, at)
    const node = pointerGet(this.#spec, key)
    return node === undefined ? undefined : { key, node }
  }

  #named(reference: string): Target | undefined {
    this.#names ??= namesIn(this.#spec)
    return this.#names.get(reference)
  }
}

/** Anchors as `#name` and `$id`s as they are, of the whole document. */
function namesIn(spec: OpenAPISpec): Map<string, Target> {
  const names = new Map<string, Target>()
  const seen = new Set<unknown>()
  const waiting: Target[] = [{ key: '', node: spec }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { key, node } = next
    if (typeof node !== 'object' || node === null || seen.has(node)) continue
    if (seen.size > MAX_NODES) break
    seen.add(node)
    if (isPlainObject(node)) {
      for (const anchor of [node['$anchor'], node['$dynamicAnchor']])
        if (typeof anchor === 'string') names.set(`#${anchor}`, next)
      if (typeof node['$id'] === 'string') names.set(node['$id'], next)
    }
    for (const [member, value] of Object.entries(node))
      if (typeof value === 'object') waiting.push({ key: pointerAppend(key, member), node: value })
  }
  return names
}
