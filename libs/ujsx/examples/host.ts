import { createHostRoot, h, signal } from '@alkdev/ujsx'
import type { HostConfig } from '@alkdev/ujsx'

interface Part {
  readonly tag: string
  price: number
  readonly parts: Part[]
}

/** Turns a tree into a bill of materials. */
const bill: HostConfig<'part', Part, Part> = {
  name: 'bill',
  createRootContext: () => ({ tag: 'root', price: 0, parts: [] }),
  createInstance: (tag, props) => ({ tag, price: Number(props['price'] ?? 0), parts: [] }),
  createTextInstance: (text) => ({ tag: text, price: 0, parts: [] }),
  appendChild: (parent, child, root) => void (parent ?? root).parts.push(child),
  prepareUpdate: (_part, _tag, before, now) =>
    before['price'] === now['price'] ? null : now['price'],
  commitUpdate: (part, price) => {
    part.price = Number(price)
  },
}

const total = (part: Part): number =>
  part.parts.reduce((sum, each) => sum + total(each), part.price)

const screws = signal(2)
const root = createHostRoot(bill).render(h('part', { price: 40 }, h('part', { price: screws })))
console.log(total(root.ctx))
screws.value = 3
console.log(total(root.ctx))
