import { compact } from '@alkdev/std'
import { isUElement, normalizeChildren } from '@alkdev/ujsx'
import type { UChild, UElement, UniversalProps } from '@alkdev/ujsx'

export type TemplateTag = 'operation' | 'sequential' | 'parallel' | 'conditional' | 'map'

const TAGS: ReadonlySet<string> = new Set<TemplateTag>([
  'operation',
  'sequential',
  'parallel',
  'conditional',
  'map',
])

export function isTemplateTag(tag: string): tag is TemplateTag {
  return TAGS.has(tag)
}

/** An element of a template as hosts keep it. `tag` is `text` (or an unknown tag) for what is no part of a workflow. */
export interface Part {
  readonly tag: string
  readonly props: UniversalProps
  /** The key that the author gave. */
  readonly ownKey?: string
  readonly children: Part[]
  /** The other branch of a Conditional, where a host keeps its parts. */
  readonly otherwise?: readonly Part[]
}

/** The parts of a tree. Works at any depth. */
export function partsOf(nodes: UChild): Part[] {
  const top: Part[] = []
  const pending: { nodes: UChild; into: Part[] }[] = [{ nodes, into: top }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const node of normalizeChildren(next.nodes)) {
      if (!isUElement(node) || typeof node.type !== 'string') {
        next.into.push({ tag: 'text', props: {}, children: [] })
        continue
      }
      const part: Part = {
        tag: node.type,
        props: node.props,
        children: [],
        ...compact({ ownKey: node.key }),
      }
      next.into.push(part)
      if (node.children.length > 0) pending.push({ nodes: node.children, into: part.children })
    }
  }
  return top
}

/** The parts as elements again. */
export function elementOf(root: Part): UElement {
  const make = (part: Part): UElement & { children: UElement[] } => ({
    type: part.tag,
    props: part.props,
    children: [],
    ...compact({ key: part.ownKey }),
  })
  const top = make(root)
  const pending = [{ part: root, element: top }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const child of next.part.children) {
      const element = make(child)
      next.element.children.push(element)
      pending.push({ part: child, element })
    }
  }
  return top
}
