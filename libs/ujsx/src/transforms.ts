import { normalizeChildren } from './element.ts'
import { isUElement, isURoot } from './schema.ts'
import { UjsxError } from './errors.ts'
import type { UChild, UElement, UNode } from './schema.ts'

/** Turns an element whose children are already transformed into what stands in its place. */
export type Transform<TContext = undefined> = (element: UElement, context: TContext) => UChild

/** Rules from tags to transforms: turns the tags of one vocabulary into those of another. */
export class TransformRegistry<TContext = undefined> {
  readonly #transforms = new Map<string, Transform<TContext>>()

  /** Adds a rule. Throws UjsxError when the tag has one. */
  register(tag: string, transform: Transform<TContext>): this {
    if (this.#transforms.has(tag)) throw new UjsxError(`The tag "${tag}" has a transform`)
    this.#transforms.set(tag, transform)
    return this
  }

  has(tag: string): boolean {
    return this.#transforms.has(tag)
  }

  /** The tree with every rule applied, leaves first. Tags without a rule stay. Works at any depth. */
  apply(node: UNode, context: TContext): UNode[] {
    const done: UNode[][] = [[]]
    const pending: { node: UNode; leaving: boolean }[] = [{ node, leaving: false }]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { node: at, leaving } = next
      if (!isUElement(at) && !isURoot(at)) done.at(-1)?.push(at)
      else if (leaving) {
        const children = done.pop() ?? []
        for (const one of this.#one({ ...at, children }, context)) done.at(-1)?.push(one)
      } else {
        done.push([])
        pending.push({ node: at, leaving: true })
        for (const child of at.children.toReversed()) pending.push({ node: child, leaving: false })
      }
    }
    return done[0] ?? []
  }

  #one(node: UNode, context: TContext): UNode[] {
    if (!isUElement(node) || typeof node.type !== 'string') return [node]
    const transform = this.#transforms.get(node.type)
    return transform === undefined ? [node] : normalizeChildren(transform(node, context))
  }
}
