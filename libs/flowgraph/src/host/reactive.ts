import { compact } from '@alkdev/std'
import { batch, signal } from '@preact/signals-core'
import { compileParts } from '../template/compile.ts'
import { partsOf } from '../template/part.ts'
import { writeTemplate } from '../template/to-graph.ts'
import { WorkflowReactiveRoot } from '../reactive/workflow-reactive-root.ts'
import { checkTag } from './graphology.ts'
import { createNode, nodesBelow } from './workflow-node.ts'
import type { HostConfig, UChild, UniversalProps } from '@alkdev/ujsx'
import type { ReadonlySignal, Signal } from '@preact/signals-core'
import type { NodeStatus } from '../schema/enums.ts'
import type { Results } from '../template/components.ts'
import type { Part, TemplateTag } from '../template/part.ts'
import type { StepGraph } from '../template/steps.ts'
import type { OperationLookup } from '../template/to-graph.ts'
import type { WorkflowEvent } from '../reactive/events.ts'
import type { WorkflowRootOptions } from '../reactive/workflow-reactive-root.ts'
import type { WorkflowNode } from './workflow-node.ts'

/** Options of the root: those of a run, and where schemas are looked up. */
export interface ReactiveHostOptions extends Omit<WorkflowRootOptions, 'statusSignals'> {
  readonly registry?: OperationLookup
}

/** A template that is being run. */
export class ReactiveContext {
  readonly operationRegistry: OperationLookup | undefined
  /** Elements by key; what a Map repeats by the key of each repetition. */
  readonly nodes = new Map<string, WorkflowNode>()
  /** Statuses of steps; a signal stays the same through every render in which the step is there. */
  readonly statusSignals = new Map<string, Signal<NodeStatus>>()
  readonly parentMap = new Map<string, string>()
  /** Keys of the children by the key of their parent; those at the top under the empty key. */
  readonly siblingMap = new Map<string, readonly string[]>()
  readonly top: WorkflowNode[] = []
  readonly #options: ReactiveHostOptions
  readonly #run: Signal<WorkflowReactiveRoot>
  #made = 0

  constructor(options: ReactiveHostOptions) {
    this.#options = options
    this.operationRegistry = options.registry
    this.#run = signal(this.#start(compileParts([]), []))
  }

  /** The run. Rendering again makes another one of the same log. */
  get root(): WorkflowReactiveRoot {
    return this.#run.value
  }

  get resultProjection(): WorkflowReactiveRoot {
    return this.root
  }

  get preconditions(): ReadonlyMap<string, ReadonlySignal<boolean>> {
    return this.root.preconditions
  }

  get blockedByFailure(): ReadonlyMap<string, ReadonlySignal<boolean>> {
    return this.root.blockedByFailure
  }

  get results(): Results {
    return this.root.results()
  }

  createNode(part: Omit<Part, 'children'>): WorkflowNode {
    const key = `__${part.tag}_${this.#made}`
    this.#made += 1
    const node = createNode(part, key, this.#run)
    this.setElse(node)
    return node
  }

  /** Makes nodes of a Conditional's other branch, which is a prop. */
  setElse(node: WorkflowNode): void {
    if (node.tag !== 'conditional') return
    node.otherwise.length = 0
    const { else: otherwise } = node.props as { else?: UChild }
    const pending = [{ parts: partsOf(otherwise ?? null), into: node.otherwise }]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const { children, ...part } of next.parts) {
        const made = this.createNode(part)
        next.into.push(made)
        pending.push({ parts: children, into: made.children })
      }
    }
  }

  /** Runs the tree as it now stands, from the log of the run before. Throws what can't be in a template. */
  rebuild(): void {
    const compiled = compileParts(this.top)
    const before = this.#run.peek()
    const isFirst = before.nodes().length === 0 && before.log.length === 0
    const root = this.#start(compiled, isFirst ? (this.#options.events ?? []) : before.log)
    before.dispose()
    const keys = new Map<Part, string[]>()
    for (const { key, part } of compiled.steps.values()) {
      const known = keys.get(part)
      if (known === undefined) keys.set(part, [key])
      else known.push(key)
    }
    this.#index(keys)
    this.#run.value = root
  }

  #start(compiled: StepGraph, events: Iterable<WorkflowEvent>): WorkflowReactiveRoot {
    const graph = writeTemplate(compiled, this.operationRegistry)
    for (const key of this.statusSignals.keys()) {
      if (!graph.hasNode(key)) this.statusSignals.delete(key)
    }
    const { statusSignals } = this
    return new WorkflowReactiveRoot(graph, { ...this.#options, events, statusSignals })
  }

  #index(stepKeys: ReadonlyMap<Part, readonly string[]>): void {
    this.nodes.clear()
    this.parentMap.clear()
    this.siblingMap.clear()
    for (const { node } of nodesBelow(this.top)) {
      const steps = stepKeys.get(node) ?? []
      node.stepKeys.value = steps
      if (steps[0] !== undefined) [node.key] = steps as [string]
    }
    this.siblingMap.set(
      '',
      this.top.map((node) => node.key),
    )
    for (const { node, parent } of nodesBelow(this.top)) {
      const keys = node.stepKeys.peek().length > 0 ? node.stepKeys.peek() : [node.key]
      for (const key of keys) {
        this.nodes.set(key, node)
        if (parent !== undefined) this.parentMap.set(key, parent.key)
      }
      const below = [...node.children, ...node.otherwise]
      if (below.length > 0)
        this.siblingMap.set(
          node.key,
          below.map((child) => child.key),
        )
    }
  }
}

/**
 * Renders a template to a run: each element has signals for its status, and `ctx.root` takes in what happens. Options of the
 * root: `ReactiveHostOptions`. Rendering a changed template keeps the log; what happened to steps that are gone stays in it.
 */
export const ReactiveHostConfig: HostConfig<TemplateTag, WorkflowNode, ReactiveContext> = {
  name: 'reactive',
  signals: 'pass',
  createRootContext: (_container, options) =>
    new ReactiveContext(options === undefined ? {} : (options as ReactiveHostOptions)),
  createInstance(tag, props, ctx, _parent, ownKey) {
    return ctx.createNode({ tag: checkTag(tag), props, ...compact({ ownKey }) })
  },
  createTextInstance: (_text, ctx) => ctx.createNode({ tag: 'text', props: {} }),
  appendChild: (parent, child, ctx) => void (parent?.children ?? ctx.top).push(child),
  insertBefore(parent, child, before, ctx) {
    const list = parent?.children ?? ctx.top
    list.splice(list.indexOf(before), 0, child)
  },
  removeChild(parent, child, ctx) {
    const list = parent?.children ?? ctx.top
    list.splice(list.indexOf(child), 1)
  },
  prepareUpdate: (_node, _tag, _previous, next) => next,
  commitUpdate(node, payload, _tag, ctx) {
    node.props = payload as UniversalProps
    ctx.setElse(node)
  },
  finalizeRoot: (ctx) => batch(() => ctx.rebuild()),
}
