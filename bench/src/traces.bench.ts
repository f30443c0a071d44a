import { startTortureStack } from '@alkdev/test/torture'
import { must } from '@alkdev/std'
import { Children } from './children.ts'
import { hubPath, pathCosts, untilAnswers } from './path-contender.ts'
import type { PathContender } from './path-contender.ts'
import type { Row } from './row.ts'

const COSTS = { inFlight: 64, calls: 2000, rounds: 11, warmUpCalls: 8000 }

/** Share of the calls that are recorded; undefined: no traces. The target is the most that it may cost, as a ratio. */
const KINDS: readonly {
  readonly name: string
  readonly ratio: number | undefined
  readonly target?: number
}[] = [
  { name: 'without traces', ratio: undefined },
  { name: 'with traces, none recorded', ratio: 0 },
  { name: '10 % recorded', ratio: 0.1, target: 1.1 },
  { name: 'all recorded', ratio: 1 },
]

/** The processor time of a call over HTTP, gateway, Redis, broker and spoke: without traces, and with a share of them recorded. */
export async function run(): Promise<Row[]> {
  await using children = new Children()
  const { said: endpoint } = await children.start('./otlp-sink-peer.ts', [])
  await using stacks = new AsyncDisposableStack()
  const contenders: PathContender[] = []
  for (const { ratio } of KINDS) {
    const traces = ratio === undefined ? undefined : { endpoint, sampleRatio: ratio }
    const size = { brokers: 1, spokes: 0, drainBudgetMs: 1000 }
    const sections = { telemetry: traces === undefined ? {} : { traces } }
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that no start is slow
    const stack = stacks.use(await startTortureStack({ ...size, sections }))
    // oxlint-disable-next-line no-await-in-loop
    contenders.push(await hubPath(stack, children))
  }
  await Promise.all(contenders.map(({ call }) => untilAnswers(call)))
  const costs = await pathCosts(contenders, COSTS)
  for (const { close } of contenders) close()
  const off = must(costs[0])
  const rows = KINDS.slice(1).flatMap(({ name, target }, at) => {
    const cost = must(costs[at + 1])
    const ratio = cost.sumUs / off.sumUs
    return [
      {
        name: `processor time of a call, ${name}`,
        value: cost.sumUs,
        unit: 'us',
        reference: off.sumUs,
        ratio,
        noise: cost.noise.sum + off.noise.sum,
        ...(target !== undefined && {
          target: `<= ${target} x without traces`,
          ok: ratio <= target,
        }),
      },
      {
        name: `calls per second, ${name}`,
        value: cost.perSecond,
        unit: '/s',
        reference: off.perSecond,
        ratio: cost.perSecond / off.perSecond,
      },
    ]
  })
  return rows
}
