import { computed, signal } from '@preact/signals-core'
import { handled, statusOfGroup } from '../reactive/aggregate-status.ts'
import type { UniversalProps } from '@alkdev/ujsx'
import type { ReadonlySignal, Signal } from '@preact/signals-core'
import type { NodeStatus } from '../schema/enums.ts'
import type { Part } from '../template/part.ts'
import type { WorkflowReactiveRoot } from '../reactive/workflow-reactive-root.ts'

/** An element of a template as something to be watched. Of a container the signals speak of the steps inside. */
export interface WorkflowNode extends Part {
  /** The step's key; containers have `__tag_n`. */
  key: string
  /** The tag. */
  readonly type: string
  props: UniversalProps
  readonly status: ReadonlySignal<NodeStatus>
  /** May one of its steps start, as far as other steps go? */
  readonly preconditions: ReadonlySignal<boolean>
  /** Does a failure stand in the way of one of its steps? */
  readonly blockedByFailure: ReadonlySignal<boolean>
  readonly operationId?: string
  /** What its step gave; of several steps the last one that completed. */
  readonly output: ReadonlySignal<unknown>
  readonly children: WorkflowNode[]
  readonly otherwise: WorkflowNode[]
  /** Keys of the steps that it is itself; several for what a Map repeats, none for containers. */
  readonly stepKeys: Signal<readonly string[]>
}

/** The run in which nodes are watched; a signal, because rendering again makes another one. */
export type WatchedRun = ReadonlySignal<WorkflowReactiveRoot>

export function createNode(
  part: { readonly tag: string; readonly props: UniversalProps; readonly ownKey?: string },
  key: string,
  run: WatchedRun,
): WorkflowNode {
  const { name } = part.props as { name?: unknown }
  const node: WorkflowNode = {
    ...part,
    key,
    type: part.tag,
    children: [],
    otherwise: [],
    stepKeys: signal<readonly string[]>([]),
    status: computed(() => {
      const root = run.value
      const statuses = stepsInside(node).map((step) => {
        const status = root.statusMap.get(step)?.value ?? 'idle'
        return root.isHandled(step) ? handled(status) : status
      })
      return statusOfGroup(statuses)
    }),
    preconditions: computed(() => isTrueOfAny(node, run.value.preconditions)),
    blockedByFailure: computed(() => isTrueOfAny(node, run.value.blockedByFailure)),
    output: computed(() => {
      const root = run.value
      const completed = stepsInside(node).filter(
        (step) => root.statusMap.get(step)?.value === 'completed',
      )
      const last = completed.at(-1)
      return last === undefined ? undefined : root.getResult(last)?.output
    }),
    ...(part.tag === 'operation' && typeof name === 'string' && { operationId: name }),
  }
  return node
}

function isTrueOfAny(
  node: WorkflowNode,
  facts: ReadonlyMap<string, ReadonlySignal<boolean>>,
): boolean {
  return stepsInside(node).some((step) => facts.get(step)?.value === true)
}

/** Every node from this one down. */
export function* nodesBelow(
  top: readonly WorkflowNode[],
): Generator<{ node: WorkflowNode; parent: WorkflowNode | undefined }> {
  const pending: { node: WorkflowNode; parent: WorkflowNode | undefined }[] = []
  const push = (nodes: readonly WorkflowNode[], parent: WorkflowNode | undefined): void => {
    for (const node of nodes.toReversed()) pending.push({ node, parent })
  }
  push(top, undefined)
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next
    push(next.node.otherwise, next.node)
    push(next.node.children, next.node)
  }
}

function stepsInside(node: WorkflowNode): string[] {
  const steps: string[] = []
  for (const each of nodesBelow([node])) steps.push(...each.node.stepKeys.value)
  return steps
}
