/** Steps of one block, with those that its Map makes and without those of its branch that is skipped. */
export const BLOCK_STEPS = 10
const MAP_ITEMS = 4

type Element = Readonly<Record<string, unknown>>

const ref = (step: string, path: string): Element => ({ $result: step, path })
const operation = (key: string, name: string, input: Element, more: Element = {}): Element => ({
  type: 'operation',
  key,
  props: { name, input, ...more },
})

/** Numbers of one block: of its calls, and of the items of its Map. */
const CALLS = 4

/**
 * A workflow of blocks one after the other. Each has an event and a pause, calls beside each other, a Map, a condition on a result, and a queued call, all of
 * operations that may be repeated: whatever is killed, it has one end.
 */
export function tortureTemplate(blocks: number): Element {
  const children = Array.from({ length: blocks }, (_, block) => {
    const at = (call: number): Element => ref('input', `/calls/${block * CALLS + call}`)
    const ms = ref('input', '/ms')
    return [
      block % 2 === 0
        ? operation(`wait-${block}`, 'workflows.event', { event: `go-${block}` })
        : operation(`wait-${block}`, 'workflows.delay', { ms: 300 }),
      {
        type: 'parallel',
        children: [
          operation(`keyed-${block}`, 'count.keyed', { n: at(0), ms }),
          operation(`safe-${block}`, 'count.safe', { n: at(1), ms }),
        ],
      },
      {
        type: 'map',
        key: `each-${block}`,
        props: { over: ref('input', `/items/${block}`), as: 'n', maxConcurrency: 2 },
        children: [operation('count', 'count.keyed', { n: { $item: 'n' }, ms })],
      },
      {
        type: 'conditional',
        props: {
          test: { node: `keyed-${block}`, path: '/n', above: -1 },
          else: operation(`never-${block}`, 'count.never', { n: at(2), ms }),
        },
        children: [operation(`taken-${block}`, 'count.keyed', { n: at(2), ms })],
      },
      operation(`queued-${block}`, 'count.keyed', { n: at(3), ms }, { timeoutMs: 60_000 }),
    ]
  })
  return { type: 'sequential', children: children.flat() }
}

/** The input of a run whose calls have the numbers from `base` on, each once. */
export function tortureInput(blocks: number, base: number, ms: number): Element {
  let n = base
  const next = (): number => n++
  return {
    ms,
    calls: Array.from({ length: blocks * CALLS }, next),
    items: Array.from({ length: blocks }, () => Array.from({ length: MAP_ITEMS }, next)),
  }
}

/** Effects of a run without the skipped steps: of keyed operations, each of which happens once. */
export function keyedEffects(blocks: number): number {
  return blocks * (CALLS - 1 + MAP_ITEMS)
}
