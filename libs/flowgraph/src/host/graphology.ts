import { compact } from '@alkdev/std'
import { FlowGraph } from '../graph/flow-graph.ts'
import { compileParts } from '../template/compile.ts'
import { attributesOfStep, writeTemplate } from '../template/to-graph.ts'
import { isTemplateTag } from '../template/part.ts'
import { InvalidInputError } from '../errors.ts'
import type { HostConfig, UniversalProps } from '@alkdev/ujsx'
import type { DirectedGraph } from 'graphology'
import type { TemplateEdge, TemplateNodeAttrs } from '../template/attributes.ts'
import type { OperationLookup, TemplateGraph } from '../template/to-graph.ts'
import type { TemplateTag } from '../template/part.ts'

/** An element of a template in the graph host. */
export interface GraphNode {
  readonly tag: string
  readonly ownKey?: string
  /** The step's key in the graph; containers are no steps and have `__tag_n`. */
  key: string
  props: UniversalProps
  /** Of the step in the graph; empty for containers. */
  attributes: Partial<TemplateNodeAttrs>
  readonly children: GraphNode[]
}

/** What the graph host makes of a template. */
export class GraphContext {
  readonly operationRegistry: OperationLookup | undefined
  /** Keys of the elements that are being made, from the outside in; empty between renders. */
  readonly parentStack: string[] = []
  readonly top: GraphNode[] = []
  /** The steps as a FlowGraph. Each render makes a new one. */
  flow: TemplateGraph = new FlowGraph<TemplateNodeAttrs, TemplateEdge>()
  made = 0

  constructor(operationRegistry: OperationLookup | undefined) {
    this.operationRegistry = operationRegistry
  }

  /** The steps as a graphology graph. */
  get graph(): DirectedGraph<TemplateNodeAttrs, TemplateEdge> {
    return this.flow.graph
  }
}

/** The tag, or InvalidInputError for what is no part of a workflow. */
export function checkTag(tag: string): TemplateTag {
  if (isTemplateTag(tag)) return tag
  throw new InvalidInputError([{ path: '', message: `"${tag}" is no part of a workflow` }])
}

/**
 * Renders a template to the graph of its steps: a node for each Operation (and for each Map whose items are not known yet), an
 * edge wherever one step waits for another. Options of the root: `{registry?}`, where schemas are looked up. Rendering throws
 * DuplicateNodeError, NodeNotFoundError, CycleError and InvalidInputError.
 */
export const GraphologyHostConfig: HostConfig<TemplateTag, GraphNode, GraphContext> = {
  name: 'graphology',
  signals: 'pass',
  createRootContext(_container, options) {
    return new GraphContext((options as { registry?: OperationLookup } | undefined)?.registry)
  },
  createInstance(tag, props, ctx, _parent, ownKey) {
    const key = `__${checkTag(tag)}_${ctx.made}`
    ctx.made += 1
    ctx.parentStack.push(key)
    return {
      tag,
      props,
      key,
      attributes: {},
      children: [],
      ...compact({ ownKey }),
    }
  },
  createTextInstance: () => ({ tag: 'text', props: {}, key: '', attributes: {}, children: [] }),
  finalizeInstance: (_instance, _tag, _props, ctx) => void ctx.parentStack.pop(),
  appendChild: (parent, child, ctx) => void (parent?.children ?? ctx.top).push(child),
  insertBefore(parent, child, before, ctx) {
    const list = parent?.children ?? ctx.top
    list.splice(list.indexOf(before), 0, child)
  },
  removeChild(parent, child, ctx) {
    const list = parent?.children ?? ctx.top
    list.splice(list.indexOf(child), 1)
  },
  prepareUpdate: (_instance, _tag, _previous, next) => next,
  commitUpdate(instance, payload) {
    instance.props = payload as UniversalProps
  },
  finalizeRoot(ctx) {
    const compiled = compileParts(ctx.top)
    ctx.flow = writeTemplate(compiled, ctx.operationRegistry)
    for (const step of compiled.steps.values()) {
      const node = step.part as GraphNode
      node.key = step.key
      node.attributes = attributesOfStep(step, ctx.operationRegistry)
    }
  },
}
