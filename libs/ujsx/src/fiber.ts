import { isUElement } from './schema.ts'
import { isSignal } from './signals.ts'
import { DuplicateKeyError } from './errors.ts'
import type { Signal } from './signals.ts'
import type { UElement, UniversalProps, UNode } from './schema.ts'

/** One node of the tree as it was rendered. What has no instance of its own (components, signals) only holds children. */
export interface Fiber<Instance> {
  node: UNode
  readonly parent: Fiber<Instance> | null
  children: Fiber<Instance>[]
  instance: Instance | undefined
  hasInstance: boolean
  /** Props as the host got them last. */
  props: UniversalProps
  /** What the component of a deferred element is called with. */
  input: Signal<UElement> | undefined
  /** The host can't change the instance: it must be created again. */
  stale: boolean
  disposers: (() => void)[]
}

export function createFiber<Instance>(
  node: UNode,
  parent: Fiber<Instance> | null,
): Fiber<Instance> {
  return {
    node,
    parent,
    children: [],
    instance: undefined,
    hasInstance: false,
    props: {},
    input: undefined,
    stale: false,
    disposers: [],
  }
}

/** The topmost instances in and below the fiber, in order. */
export function instancesOf<Instance>(fiber: Fiber<Instance>): Instance[] {
  const found: Instance[] = []
  const pending = [fiber]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.hasInstance) found.push(next.instance as Instance)
    else for (const child of next.children.toReversed()) pending.push(child)
  }
  return found
}

/** The nearest instance above the fiber; `null` at the top. */
export function parentInstanceOf<Instance>(fiber: Fiber<Instance>): Instance | null {
  for (let at = fiber.parent; at !== null; at = at.parent) {
    if (at.hasInstance) return at.instance as Instance
  }
  return null
}

/** The first instance behind the fiber that has the same parent instance. */
export function instanceBehind<Instance>(fiber: Fiber<Instance>): Instance | null {
  for (let at = fiber; at.parent !== null && !at.hasInstance; at = at.parent) {
    const siblings = at.parent.children
    for (const sibling of siblings.slice(siblings.indexOf(at) + 1)) {
      const [first] = instancesOf(sibling)
      if (first !== undefined) return first
    }
  }
  return null
}

export function sameProps(a: UniversalProps, b: UniversalProps): boolean {
  if (a === b) return true
  const [keys, others] = [Object.keys(a), Object.keys(b)]
  return (
    keys.length === others.length &&
    keys.every((key) => Object.hasOwn(b, key) && Object.is(a[key], b[key]))
  )
}

/** What two nodes must share to be the same node at two times. */
function identityOf(node: UNode): { readonly type: unknown; readonly key: string | undefined } {
  if (isUElement(node)) return { type: node.type, key: node.key }
  if (isSignal(node)) return { type: node, key: undefined }
  return { type: `"${textOfNode(node)}`, key: undefined }
}

/** The text of a primitive node. */
export function textOfNode(node: UNode): string {
  return typeof node === 'string' || typeof node === 'number' ? String(node) : ''
}

/**
 * For each next node the old fiber that it continues: the one with its key and type, or, without a key, the next unused one
 * of its type. Throws DuplicateKeyError.
 */
export function matchChildren<Instance>(
  old: readonly Fiber<Instance>[],
  next: readonly UNode[],
  canReuse: (fiber: Fiber<Instance>, node: UNode) => boolean,
): (Fiber<Instance> | undefined)[] {
  const keyed = new Map<string, Fiber<Instance>>()
  const byType = new Map<unknown, Fiber<Instance>[]>()
  for (const fiber of old.toReversed()) {
    const { type, key } = identityOf(fiber.node)
    if (key !== undefined) keyed.set(key, fiber)
    else if (byType.get(type)?.push(fiber) === undefined) byType.set(type, [fiber])
  }
  const seen = new Set<string>()
  return next.map((node) => {
    const { type, key } = identityOf(node)
    if (key !== undefined && seen.has(key)) throw new DuplicateKeyError(key)
    if (key !== undefined) seen.add(key)
    const fiber = key === undefined ? byType.get(type)?.pop() : keyed.get(key)
    if (fiber === undefined || identityOf(fiber.node).type !== type) return undefined
    return canReuse(fiber, node) ? fiber : undefined
  })
}
