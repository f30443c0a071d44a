// A hub of another checkout with a bare spoke, in a process of its own: two copies of the modules of tests do not load into one process. Argument: the
// folder of the checkout. Says where the hub is, as JSON of `PathStack`; ends everything when it gets SIGTERM.
import { once } from 'node:events'
import type { startTortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { hubPath } from './path-contender.ts'

/** What a caller and the peers need of a hub. */
export interface PathStack {
  readonly url: string
  readonly key: string
  readonly processes: Readonly<Record<string, number>>
  readonly redisUrl: string
}

const [, , dir = ''] = process.argv
const ended = once(process, 'SIGTERM')
const torture = (await import(`${dir}/test/src/torture/stack.ts`)) as {
  readonly startTortureStack: typeof startTortureStack
}
{
  await using stack = await torture.startTortureStack({
    brokers: 1,
    spokes: 0,
    drainBudgetMs: 1000,
  })
  await using children = new Children()
  const { processes } = await hubPath(stack, children)
  const { url } = stack.gateway
  const said: PathStack = { url, key: stack.key, processes, redisUrl: stack.redis().url }
  process.send?.(JSON.stringify(said))
  await ended
}
process.disconnect()
