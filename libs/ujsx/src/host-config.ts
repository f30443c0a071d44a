import type { EventEnvelope } from './events.ts'
import type { RenderContext } from './render-context.ts'
import type { UniversalProps } from './schema.ts'

/**
 * How a tree becomes something: a graph, text, a set of signals. `createHostRoot` calls these; a host keeps no state outside
 * of its root context. `parent` is `null` for what stands at the top.
 *
 * Order for a new element: `createInstance`, then the same for its children, `finalizeInstance`, and at last `appendChild`
 * or `insertBefore` into its parent, which therefore gets it complete.
 */
export interface HostConfig<TTag extends string, Instance, RootCtx> {
  readonly name: string
  /** `resolve` (default): props that are signals are read, and updated when they change. `pass`: the host gets the signals. */
  readonly signals?: 'resolve' | 'pass'
  createRootContext(container: unknown, options?: unknown, context?: RenderContext): RootCtx
  /** After each render and each change of its own, when the tree stands. */
  finalizeRoot?(ctx: RootCtx): void
  /** `key` is the element's own, for hosts to which keys mean something. */
  createInstance(
    tag: TTag,
    props: UniversalProps,
    ctx: RootCtx,
    parent: Instance | null,
    key?: string,
  ): Instance
  createTextInstance(text: string, ctx: RootCtx, parent: Instance | null): Instance
  finalizeInstance?(instance: Instance, tag: TTag, props: UniversalProps, ctx: RootCtx): void
  appendChild(parent: Instance | null, child: Instance, ctx: RootCtx): void
  /** Without it everything behind `before` is removed and appended again. */
  insertBefore?(parent: Instance | null, child: Instance, before: Instance, ctx: RootCtx): void
  /** Takes out the child with everything below it. A host without it can't be rendered twice. */
  removeChild?(parent: Instance | null, child: Instance, ctx: RootCtx): void
  /** The required change, or `null` for none. Without it, an element whose props differ is created again. */
  prepareUpdate?(
    instance: Instance,
    tag: TTag,
    previous: UniversalProps,
    next: UniversalProps,
    ctx: RootCtx,
  ): unknown
  commitUpdate?(instance: Instance, payload: unknown, tag: TTag, ctx: RootCtx): void
  /** Hears what `UjsxEventMap` lists. */
  emit?(event: EventEnvelope, ctx: RootCtx): void
}
