import { must } from '@alkdev/std'
import { startPlanStack } from '@alkdev/test/torture'
import type { PlanStack } from '@alkdev/test/torture'
import { percentile } from './measure.ts'
import type { Row } from './row.ts'
import { lead, spawn, TALK, untilAll } from './sessions/session-trees.ts'
import type { Aborted } from './sessions/session-trees.ts'

const SPOKES = 3
const SPAWNED = 45
const ROUNDS = 3
const DESCENDANTS = 50

/** Sessions that are spawned with worktrees on three spokes of one repository, and trees of them that are ended while all talk. */
export async function run(): Promise<Row[]> {
  await using stack = await startPlanStack({ coordinators: 2, script: TALK })
  await using place = await stack.startPlace('bench', SPOKES)
  return [await spawning(stack, place.names), await aborting(stack, place.names)]
}

async function spawning(stack: PlanStack, spokes: readonly string[]): Promise<Row> {
  const parent = await lead(stack)
  const times: number[] = []
  for (let at = 0; at < SPAWNED; at += 1) {
    const spoke = must(spokes[at % spokes.length])
    const from = performance.now()
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await spawn(stack, parent, 'begin', spoke)
    times.push(performance.now() - from)
    // Without the work of the model.
    // oxlint-disable-next-line no-await-in-loop -- as above
    await untilAll(stack, parent, (status) => status === 'idle')
  }
  const value = percentile(times, 0.5)
  const name = 'coord.spawn with its worktree, p50'
  return { name, value, unit: 'ms', target: '<= 300 ms', ok: value <= 300 }
}

async function aborting(stack: PlanStack, spokes: readonly string[]): Promise<Row> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    // oxlint-disable no-await-in-loop -- one tree after the other
    const parent = await lead(stack)
    for (let at = 0; at < DESCENDANTS; at += 1)
      await spawn(stack, parent, 'talk', must(spokes[at % spokes.length]))
    await untilAll(stack, parent, (status) => status === 'running')
    const from = Date.now()
    const { acknowledged, receipts } = await stack.insist<Aborted>('coord.abort', {
      sessionId: parent,
    })
    // oxlint-enable no-await-in-loop
    if (!acknowledged || receipts.length !== DESCENDANTS + 1)
      throw new Error('coord.abort: an unexpected answer')
    times.push(...receipts.map(({ stoppedAt }) => Date.parse(must(stoppedAt)) - from))
  }
  const value = percentile(times, 0.99)
  const name = `coord.abort of ${DESCENDANTS} sessions on ${SPOKES} spokes: until one has stopped, p99`
  return { name, value, unit: 'ms', target: '<= 2,000 ms', ok: value <= 2000 }
}
