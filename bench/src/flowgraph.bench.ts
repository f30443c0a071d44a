import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  FlowGraph,
  GraphologyHostConfig,
  Operation,
  Parallel,
  Sequential,
  WorkflowReactiveRoot,
} from '@alkdev/flowgraph'
import type { OperationSpec } from '@alkdev/flowgraph'
import { Type } from '@alkdev/typebox'
import { createHostRoot, h } from '@alkdev/ujsx'
import type { UElement } from '@alkdev/ujsx'
import type { Row } from './row.ts'

const kinds = [
  'project',
  'session',
  'task',
  'file',
  'branch',
  'user',
  'key',
  'call',
  'event',
  'node',
] as const

/** Operations of a registry: ids in, records out, many alike and no two the same. */
function registry(count: number): OperationSpec[] {
  return Array.from({ length: count }, (_, at) => {
    const kind = (factor: number): string => kinds[(at * factor) % kinds.length] ?? 'node'
    const record = Type.Object({
      id: Type.String(),
      size: Type.Number(),
      [`x${at % 211}`]: Type.Optional(Type.String()),
    })
    return {
      namespace: `ns${at % 40}`,
      name: `op${at}`,
      type: 'query',
      inputSchema: Type.Object({
        [`${kind(1)}Id`]: Type.String(),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 - (at % 7) })),
        [`filter${at % 97}`]: Type.Optional(Type.String()),
        ...(at % 3 === 0 && { name: Type.String({ minLength: 1 }) }),
      }),
      outputSchema: Type.Object(
        {
          [`${kind(3)}Id`]: Type.String(),
          [`${kind(7)}Id`]: Type.String(),
          name: Type.String({ minLength: 1 }),
          items: Type.Array(record),
        },
        { additionalProperties: false },
      ),
    }
  })
}

const op = (name: string): UElement => h(Operation, { name })
const steps = (count: number, prefix = 's'): UElement[] =>
  Array.from({ length: count }, (_, at) => op(`${prefix}${at}`))

const shapes: Readonly<Record<string, (count: number) => UElement>> = {
  chain: (count) => h(Sequential, null, steps(count)),
  'one to all to one': (count) =>
    h(Sequential, null, op('first'), h(Parallel, null, steps(count - 2)), op('last')),
  '100 lines side by side, 10 at a time': (count) =>
    h(
      Parallel,
      { maxConcurrency: 10 },
      Array.from({ length: 100 }, (_, at) => h(Sequential, null, steps(count / 100, `${at}.`))),
    ),
}

/** From the template to the end of a run in which every step is started and answered. */
function finish(template: UElement): WorkflowReactiveRoot {
  const root = new WorkflowReactiveRoot(
    createHostRoot(GraphologyHostConfig).render(template).ctx.flow,
  )
  let calls = 0
  for (let ready = root.readyNodes(); ready.length > 0; ready = root.readyNodes()) {
    for (const key of ready) {
      calls += 1
      const { requestId } = root.start(key, `r${calls}`, calls)
      root.append({ type: 'call.responded', requestId, output: calls, timestamp: calls })
    }
  }
  if (!root.isComplete()) throw new Error('the run did not end')
  return root
}

/** Middle of several runs, in milliseconds; the first only warms up. */
function medianMs(runs: number, work: () => unknown): number {
  const times: number[] = []
  for (let run = -1; run < runs; run += 1) {
    const from = performance.now()
    work()
    if (run >= 0) times.push(performance.now() - from)
  }
  return times.toSorted((a, b) => a - b)[runs >> 1] ?? Number.NaN
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

/** Bytes of a finished run for each of its steps. */
function bytesPerStep(count: number): number {
  const before = heapBytes()
  const root = finish(shapes['100 lines side by side, 10 at a time']?.(count) ?? op('none'))
  const bytes = (heapBytes() - before) / root.nodes().length
  root.dispose()
  return bytes
}

function atMost(name: string, value: number, unit: string, limit: number): Row {
  return {
    name,
    value: Number(value.toPrecision(3)),
    unit,
    target: `<= ${limit} ${unit}`,
    ok: value <= limit,
  }
}

/** What the flow graph library claims. Takes about ten seconds. */
export async function run(): Promise<Row[]> {
  const rows: Row[] = []
  const graph = FlowGraph.fromSpecs(registry(2000))
  // What was learnt of a schema object is kept with it, so each run gets schemas of its own.
  const fresh = Array.from({ length: 4 }, () => registry(2000))
  const fits = graph.nodes().reduce((sum, key) => sum + graph.successors(key).length, 0)
  rows.push(
    atMost(
      `flowgraph: type edges of 2,000 operations (${fits} pairs fit)`,
      medianMs(3, () => FlowGraph.fromSpecs(fresh.pop() ?? [])),
      'ms',
      2000,
    ),
  )
  let added = 2000
  const more = registry(2100)
  rows.push(
    atMost(
      'flowgraph: one operation more',
      medianMs(50, () =>
        graph.addOperation(
          more[added++] ?? ({ ...more[0], name: `more${added}` } as OperationSpec),
        ),
      ),
      'ms',
      10,
    ),
  )
  for (const [shape, make] of Object.entries(shapes)) {
    rows.push(
      atMost(
        `flowgraph: run of 10,000 steps, ${shape}`,
        medianMs(3, () => finish(make(10_000))),
        'ms',
        1000,
      ),
    )
  }
  const ended = finish(shapes['chain']?.(10_000) ?? op('none'))
  const flow = createHostRoot(GraphologyHostConfig).render(shapes['chain']?.(10_000)).ctx.flow
  rows.push(
    atMost(
      'flowgraph: that chain resumed from its log',
      medianMs(3, () => new WorkflowReactiveRoot(flow, { events: ended.log })),
      'ms',
      1000,
    ),
  )
  const [small, large] = [bytesPerStep(10_000), bytesPerStep(40_000)]
  rows.push({
    name: 'flowgraph: memory for each step of a run, 40,000 steps to 10,000',
    value: Math.round(large),
    unit: 'B',
    reference: Math.round(small),
    ratio: Number((large / small).toFixed(2)),
    target: '<= 1.2 (linear)',
    ok: large / small <= 1.2,
  })
  return rows
}
