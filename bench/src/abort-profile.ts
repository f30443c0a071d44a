import { must, sleep } from '@alkdev/std'
import { startPlanStack } from '@alkdev/test/torture'
import { countStatements, printStatements, resetStatements } from './count-statements.ts'
import { percentile } from './measure.ts'
import { lead, spawn, TALK, untilAll } from './sessions/session-trees.ts'
import type { Aborted } from './sessions/session-trees.ts'

/** What the abort of a tree of sessions costs, and when its parts are over: `node bench/src/abort-profile.ts [--sessions=50]`. */

const args = process.argv.slice(2)
const count = Number(args.find((one) => one.startsWith('--sessions='))?.slice(11) ?? 50)
const SPOKES = 3
const ROUNDS = 3
const STATEMENTS = 40

await using stack = await startPlanStack({ coordinators: 2, script: TALK })
await countStatements(stack.hub)
await using place = await stack.startPlace('profile', SPOKES)
for (let round = 0; round < ROUNDS; round += 1) {
  // oxlint-disable no-await-in-loop -- one tree after the other
  const parent = await lead(stack)
  for (let at = 0; at < count; at += 1)
    await spawn(stack, parent, 'talk', must(place.names[at % SPOKES]))
  await untilAll(stack, parent, (status) => status === 'running')
  await sleep(2000)
  await resetStatements(stack.hub)
  const from = Date.now()
  const aborted = await stack.insist<Aborted>('coord.abort', { sessionId: parent })
  const wholeMs = Date.now() - from
  const stopped = aborted.receipts.map(({ stoppedAt }) => Date.parse(must(stoppedAt)) - from)
  const saved = aborted.receipts.filter(({ savedRef }) => savedRef !== undefined).length
  console.log(
    `abort ${round + 1}: stopped after ${percentile(stopped, 0.5)} ms (median), ${Math.max(...stopped)} ms (last); answer after ${wholeMs} ms; ${saved} saved`,
  )
  if (round === ROUNDS - 1) await printStatements(stack.hub, count, STATEMENTS)
  // oxlint-enable no-await-in-loop
}
