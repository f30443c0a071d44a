import { effect, untracked } from '@preact/signals-core'
import type { ReadonlySignal } from '@preact/signals-core'
import type { NodeStatus } from '../schema/enums.ts'

/** What the two functions need of a node and of a run: the reactive host's nodes and contexts have it. */
interface Keyed {
  readonly key: string
}

/** Has everything settled that the node waits for, and nothing failed? Inside an effect or a computed it is followed. */
export function computePreconditions(
  node: Keyed,
  ctx: { readonly preconditions: ReadonlyMap<string, ReadonlySignal<boolean>> },
): boolean {
  return ctx.preconditions.get(node.key)?.value === true
}

/** Does a failure stand in the node's way? Inside an effect or a computed it is followed. */
export function computeBlockedByFailure(
  node: Keyed,
  ctx: { readonly blockedByFailure: ReadonlyMap<string, ReadonlySignal<boolean>> },
): boolean {
  return ctx.blockedByFailure.get(node.key)?.value === true
}

interface Statuses {
  readonly statusMap: ReadonlyMap<string, ReadonlySignal<NodeStatus>>
}

/**
 * Calls `start` whenever the node becomes ready: now, later, and again when it may be retried. `ctx` is a `WorkflowReactiveRoot` that contains the node. Returns the
 * function that ends it. What `start` throws goes to the code that changed the status.
 */
export function registerStartEffect(
  node: Keyed,
  ctx: Statuses,
  start: (nodeKey: string) => void,
): () => void {
  return onStatus(node, ctx, 'ready', start)
}

/** As `registerStartEffect`: calls `abort` whenever the node is aborted, so that a call that was made for it can be aborted as well. */
export function registerAbortEffect(
  node: Keyed,
  ctx: Statuses,
  abort: (nodeKey: string) => void,
): () => void {
  return onStatus(node, ctx, 'aborted', abort)
}

function onStatus(
  { key }: Keyed,
  { statusMap }: Statuses,
  wanted: NodeStatus,
  act: (nodeKey: string) => void,
): () => void {
  return effect(() => {
    if (statusMap.get(key)?.value === wanted) untracked(() => act(key))
  })
}
