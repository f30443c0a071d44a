import type { ReadonlySignal } from '@preact/signals-core'

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
