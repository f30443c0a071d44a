import { HostTree } from './host-tree.ts'
import type { HostConfig } from './host-config.ts'
import type { RenderContext } from './render-context.ts'
import type { UChild } from './schema.ts'

/** A tree rendered by one host. */
export interface HostRoot<RootCtx> {
  readonly ctx: RootCtx
  /**
   * Makes the host's tree equal to `node`. The first time everything is created; later only what differs is: elements are
   * matched by key and type, and without a key by type and order. Throws UjsxError for a value that is not a tree, and
   * what the host throws.
   */
  render(node: UChild): HostRoot<RootCtx>
  /** Takes everything out and stops following signals. It may be rendered again afterwards. */
  unmount(): void
}

/** A place in which `host` renders. `container`, `options` and `context` are handed to its `createRootContext`. */
export function createHostRoot<TTag extends string, Instance, RootCtx>(
  host: HostConfig<TTag, Instance, RootCtx>,
  container?: unknown,
  options?: unknown,
  context?: RenderContext,
): HostRoot<RootCtx> {
  const ctx = host.createRootContext(container, options, context)
  const tree = new HostTree(host, ctx)
  const root: HostRoot<RootCtx> = {
    ctx,
    render(node) {
      tree.render(node)
      return root
    },
    unmount() {
      tree.unmount()
    },
  }
  return root
}
