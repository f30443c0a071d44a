import { expect, test } from 'vitest'
import { callOverHttp, callOverSocket } from '../torture/load.ts'
import { Random } from '../torture/random.ts'
import { startTortureStack, untilReady } from '../torture/stack.ts'
import { Tally } from '../torture/tally.ts'
import { untilAllWork } from '../torture/try-all.ts'

test('both brokers are restarted one after the other under load, and no call fails', async () => {
  await using stack = await startTortureStack({ brokers: 2, spokes: 4, drainBudgetMs: 10_000 })
  const common = { hub: stack.gateway.url, key: stack.key }
  expect(await untilAllWork(common.hub, common.key)).toBe(0)
  const tally = new Tally()
  const load = new AbortController()
  const caller = (seed: number): Parameters<typeof callOverHttp>[0] => ({
    ...common,
    random: new Random(seed),
    tally,
    signal: load.signal,
    leave: 0,
  })
  const callers = [
    ...Array.from({ length: 12 }, (_, at) => callOverHttp(caller(at))),
    ...Array.from({ length: 2 }, (_, at) => callOverSocket(caller(100 + at), 4)),
  ]
  const madeDuring: number[] = []
  for (const broker of stack.brokers) {
    const before = tally.ended
    await broker.machine.stop()
    broker.machine.start()
    await untilReady(broker)
    madeDuring.push(tally.ended - before)
  }
  load.abort()
  await Promise.all(callers)
  expect(Object.fromEntries(tally.ends)).toEqual({ ok: tally.made })
  expect([tally.unanswered, tally.wrong, tally.errorsOnSockets]).toEqual([0, 0, 0])
  expect(Math.min(...madeDuring)).toBeGreaterThan(100)
}, 120_000)
