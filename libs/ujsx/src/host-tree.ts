import { callComponent, normalizeChildren } from './element.ts'
import { UjsxError } from './errors.ts'
import {
  createFiber,
  instanceBehind,
  instancesOf,
  matchChildren,
  parentInstanceOf,
  sameProps,
  textOfNode,
} from './fiber.ts'
import { isUElement } from './schema.ts'
import { effect, isSignal, signal, untracked } from './signals.ts'
import type { EventEnvelope } from './events.ts'
import type { Fiber } from './fiber.ts'
import type { HostConfig } from './host-config.ts'
import type { UChild, UElement, UniversalProps, UNode } from './schema.ts'

interface Counts {
  created: number
  updated: number
  moved: number
  removed: number
}

/** Keeps what was rendered and carries changes to the host. Depth is bounded by memory only: nothing here recurses. */
export class HostTree<TTag extends string, Instance, RootCtx> {
  readonly #host: HostConfig<TTag, Instance, RootCtx>
  readonly #ctx: RootCtx
  readonly #top: Fiber<Instance> = createFiber<Instance>(null, null)
  #counts: Counts | undefined

  constructor(host: HostConfig<TTag, Instance, RootCtx>, ctx: RootCtx) {
    this.#host = host
    this.#ctx = ctx
  }

  render(node: UChild): void {
    const next = normalizeChildren(node)
    untracked(() => this.#commit(() => this.#reconcile(this.#top, next)))
  }

  unmount(): void {
    const children = this.#top.children
    this.#top.children = []
    const removed = children.flatMap((fiber) => instancesOf(fiber)).length
    for (const fiber of children) {
      if (this.#host.removeChild === undefined) this.#dispose(fiber)
      else this.#remove(fiber)
    }
    this.#host.finalizeRoot?.(this.#ctx)
    this.#emit({ type: 'ujsx.unmounted', id: this.#host.name, payload: { removed } })
  }

  #emit(event: EventEnvelope): void {
    this.#host.emit?.(event, this.#ctx)
  }

  /** Runs a change; the host is notified at the end of the outermost one. */
  #commit(change: () => void): void {
    if (this.#counts !== undefined) return change()
    const counts: Counts = { created: 0, updated: 0, moved: 0, removed: 0 }
    this.#counts = counts
    try {
      change()
    } finally {
      this.#counts = undefined
    }
    this.#host.finalizeRoot?.(this.#ctx)
    return this.#emit({ type: 'ujsx.rendered', id: this.#host.name, payload: counts })
  }

  #count(what: keyof Counts): void {
    if (this.#counts !== undefined) this.#counts[what] += 1
  }

  #reconcile(start: Fiber<Instance>, nodes: readonly UNode[]): void {
    const work = [{ fiber: start, nodes }]
    for (let next = work.pop(); next !== undefined; next = work.pop()) {
      const { fiber } = next
      const kept = matchChildren(fiber.children, next.nodes, (old, node) =>
        this.#canReuse(old, node),
      )
      const stay = new Set(kept)
      const order = new Map(fiber.children.map((child, at) => [child, at]))
      for (const child of fiber.children) if (!stay.has(child)) this.#remove(child)
      fiber.children = next.nodes.map((node, at) => kept[at] ?? createFiber(node, fiber))
      const moved = movedFibers(kept, order)
      this.#place(fiber, (child) => !order.has(child), moved)
      for (const [at, child] of fiber.children.entries()) {
        const node = next.nodes[at]
        if (!order.has(child) || node === undefined || node === child.node) continue
        if (this.#update(child, node)) {
          work.push({ fiber: child, nodes: normalizeChildren((node as UElement).children) })
        }
      }
    }
  }

  #canReuse(fiber: Fiber<Instance>, node: UNode): boolean {
    if (fiber.stale) return false
    if (!fiber.hasInstance || !isUElement(node) || this.#host.prepareUpdate !== undefined)
      return true
    return sameProps(
      fiber.props,
      untracked(() => this.#resolve(node.props)),
    )
  }

  /** Mounts what is new and moves what changed its order, left to right, each before the next one that stays in place. */
  #place(
    fiber: Fiber<Instance>,
    isNew: (child: Fiber<Instance>) => boolean,
    moved: ReadonlySet<Fiber<Instance>>,
  ): void {
    const anchors: (Instance | null)[] = []
    let anchor = instanceBehindChildren(fiber)
    for (let at = fiber.children.length - 1; at >= 0; at -= 1) {
      anchors[at] = anchor
      const child = fiber.children[at]
      if (child !== undefined && !isNew(child) && !moved.has(child)) {
        anchor = instancesOf(child)[0] ?? anchor
      }
    }
    for (const [at, child] of fiber.children.entries()) {
      const fresh = isNew(child)
      if (fresh) this.#mount(child)
      else if (!moved.has(child)) continue
      else this.#count('moved')
      const parent = parentInstanceOf(child)
      for (const instance of instancesOf(child)) {
        if (!fresh) this.#takeOut(parent, instance)
        this.#putIn(parent, instance, anchors[at] ?? null, child)
      }
    }
  }

  #takeOut(parent: Instance | null, instance: Instance): void {
    if (this.#host.removeChild === undefined) {
      throw new UjsxError(
        `The host "${this.#host.name}" can't remove, so it can't be rendered twice`,
      )
    }
    this.#host.removeChild(parent, instance, this.#ctx)
  }

  #putIn(
    parent: Instance | null,
    instance: Instance,
    before: Instance | null,
    fiber: Fiber<Instance>,
  ): void {
    if (before === null) return this.#host.appendChild(parent, instance, this.#ctx)
    if (this.#host.insertBefore !== undefined) {
      return this.#host.insertBefore(parent, instance, before, this.#ctx)
    }
    const top = hostParentFiber(fiber)
    const siblings = instancesOf({ ...top, hasInstance: false })
    const behind = siblings.slice(siblings.indexOf(before))
    for (const each of behind) this.#takeOut(parent, each)
    for (const each of [instance, ...behind]) this.#host.appendChild(parent, each, this.#ctx)
    return undefined
  }

  /** Creates the fiber's instances and everything below; only its topmost ones are not yet in their parent. */
  #mount(root: Fiber<Instance>): void {
    const stack = [{ fiber: root, at: 0, inside: false }]
    this.#create(root)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const child = top.fiber.children[top.at]
      if (child !== undefined) {
        top.at += 1
        stack.push({ fiber: child, at: 0, inside: top.inside || top.fiber.hasInstance })
        this.#create(child)
        continue
      }
      stack.pop()
      this.#finish(top.fiber, top.inside)
    }
  }

  #create(fiber: Fiber<Instance>): void {
    const { node } = fiber
    const parent = parentInstanceOf(fiber)
    if (isSignal(node)) {
      this.#follow(fiber, () => normalizeChildren(node.value as UChild))
    } else if (!isUElement(node)) {
      fiber.instance = this.#host.createTextInstance(textOfNode(node), this.#ctx, parent)
      fiber.hasInstance = true
      this.#count('created')
    } else if (typeof node.type === 'function') {
      const { type } = node
      const input = signal(node)
      fiber.input = input
      this.#follow(fiber, () =>
        normalizeChildren(callComponent(type, input.value.props, input.value.children)),
      )
    } else {
      if (node.type !== 'fragment') this.#createElement(fiber, node, parent)
      const children = normalizeChildren(node.children)
      matchChildren([], children, () => false)
      fiber.children = children.map((child) => createFiber(child, fiber))
    }
  }

  #createElement(fiber: Fiber<Instance>, node: UElement, parent: Instance | null): void {
    fiber.props = this.#resolve(node.props)
    const { props } = fiber
    fiber.instance = this.#host.createInstance(
      node.type as TTag,
      props,
      this.#ctx,
      parent,
      node.key,
    )
    fiber.hasInstance = true
    this.#count('created')
    this.#followProps(fiber, node)
  }

  #finish(fiber: Fiber<Instance>, inside: boolean): void {
    if (!fiber.hasInstance) return
    const instance = fiber.instance as Instance
    if (isUElement(fiber.node)) {
      this.#host.finalizeInstance?.(instance, fiber.node.type as TTag, fiber.props, this.#ctx)
    }
    if (inside) this.#host.appendChild(parentInstanceOf(fiber), instance, this.#ctx)
  }

  /** Children that are computed: made now, reconciled whenever a signal that was read changes. */
  #follow(fiber: Fiber<Instance>, compute: () => UNode[]): void {
    let mounted = false
    const stop = effect(() => {
      const nodes = compute()
      untracked(() => {
        if (mounted) return this.#commit(() => this.#reconcile(fiber, nodes))
        matchChildren([], nodes, () => false)
        fiber.children = nodes.map((node) => createFiber(node, fiber))
        return undefined
      })
    })
    mounted = true
    fiber.disposers.push(stop)
  }

  #resolve(props: UniversalProps): UniversalProps {
    if (this.#host.signals === 'pass' || !Object.values(props).some(isSignal)) return props
    return Object.fromEntries(
      Object.entries(props).map(([name, value]) => [name, isSignal(value) ? value.value : value]),
    )
  }

  #followProps(fiber: Fiber<Instance>, node: UElement): void {
    if (this.#host.signals === 'pass' || !Object.values(node.props).some(isSignal)) return
    let first = true
    fiber.disposers.push(
      effect(() => {
        const props = this.#resolve(node.props)
        if (!first) untracked(() => this.#commit(() => this.#apply(fiber, props)))
      }),
    )
    first = false
  }

  #apply(fiber: Fiber<Instance>, next: UniversalProps): void {
    const { node, props: previous } = fiber
    if (sameProps(previous, next) || !isUElement(node)) return
    const tag = node.type as TTag
    const instance = fiber.instance as Instance
    if (this.#host.prepareUpdate === undefined) {
      fiber.stale = true
      if (fiber.parent !== null)
        this.#reconcile(
          fiber.parent,
          fiber.parent.children.map((each) => each.node),
        )
      return
    }
    const payload = this.#host.prepareUpdate(instance, tag, previous, next, this.#ctx)
    fiber.props = next
    if (payload === null || payload === undefined) return
    this.#host.commitUpdate?.(instance, payload, tag, this.#ctx)
    this.#count('updated')
  }

  /** Gives the fiber its next node. True when its children have to be compared as well. */
  #update(fiber: Fiber<Instance>, node: UNode): boolean {
    fiber.node = node
    if (!isUElement(node)) return false
    if (fiber.input !== undefined) {
      fiber.input.value = node
      return false
    }
    if (!fiber.hasInstance) return true
    for (const dispose of fiber.disposers) dispose()
    fiber.disposers = []
    this.#apply(fiber, this.#resolve(node.props))
    this.#followProps(fiber, node)
    return true
  }

  #remove(fiber: Fiber<Instance>): void {
    const parent = parentInstanceOf(fiber)
    for (const instance of instancesOf(fiber)) {
      this.#takeOut(parent, instance)
      this.#count('removed')
    }
    this.#dispose(fiber)
  }

  #dispose(root: Fiber<Instance>): void {
    const pending = [root]
    for (let fiber = pending.pop(); fiber !== undefined; fiber = pending.pop()) {
      for (const dispose of fiber.disposers) dispose()
      fiber.disposers = []
      for (const child of fiber.children) pending.push(child)
    }
  }
}

/** Those that continue an old fiber but stood behind one that now follows them. */
function movedFibers<Instance>(
  kept: readonly (Fiber<Instance> | undefined)[],
  order: ReadonlyMap<Fiber<Instance>, number>,
): Set<Fiber<Instance>> {
  const moved = new Set<Fiber<Instance>>()
  let last = -1
  for (const fiber of kept) {
    if (fiber === undefined) continue
    const at = order.get(fiber) ?? 0
    if (at < last) moved.add(fiber)
    else last = at
  }
  return moved
}

/** The first instance behind everything inside of the fiber, under the same parent instance. */
function instanceBehindChildren<Instance>(fiber: Fiber<Instance>): Instance | null {
  return fiber.hasInstance ? null : instanceBehind(fiber)
}

function hostParentFiber<Instance>(fiber: Fiber<Instance>): Fiber<Instance> {
  let at = fiber
  while (at.parent !== null && !at.parent.hasInstance) at = at.parent
  return at.parent ?? at
}
