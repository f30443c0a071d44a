import { must, sleep } from '@alkdev/std'
import { Children } from './children.ts'
import { printCommands, resetCommands } from './count-commands.ts'
import { countStatements, printStatements, resetStatements } from './count-statements.ts'
import { Inspector } from './cpu-profile.ts'
import { httpCaller } from './http-caller.ts'
import { startInferenceStack } from './inference-stack.ts'
import { FUNCTIONS, printProfile } from './print-profile.ts'

/**
 * Where the inference proxy spends the processor time of a call with everything on, by stage, and its longest functions, what it allocates in the heap of V8, and
 * which statements and commands it sends:
 * `node bench/src/inference-profile.ts [calls [folder]]`. The profile of the time goes to the folder.
 */

const calls = Number(process.argv[2] ?? 4000)
const folder = process.argv[3]
const STATEMENTS = 12
/** Calls whose statements and commands are counted, and milliseconds until their rows are written. */
const COUNTED = 2000
const SETTLE_MS = 1000
/** Of one call: rarer commands are not printed. */
const LEAST_COMMANDS = 0.001
const BODY = {
  model: 'acme/m',
  messages: [{ role: 'user', content: 'A prompt of a few words, as in a test.' }],
  max_tokens: 100,
}
await using children = new Children()
const model = (await children.start('./inference-peer.ts', ['model'])).said
await using hub = await startInferenceStack({ acme: model }, { prepare: countStatements })
const redisUrl = hub.stack.redis().url
for (const which of ['free', 'everything'] as const) {
  const caller = httpCaller(`${hub.proxy.url}/v1/chat/completions`, BODY, {
    authorization: `Bearer ${hub.keys[which]}`,
  })
  const burst = async (count: number, width: number): Promise<void> => {
    let left = count
    const worker = async (): Promise<void> => {
      while (left-- > 0) await caller.call()
    }
    await Promise.all(Array.from({ length: width }, worker))
  }
  for (let at = 0; at < 20; at++) await caller.call().catch(() => undefined)
  await burst(4000, 16)
  const from = performance.now()
  await burst(calls, 16)
  console.log(
    `\n${which}: ${((calls * 1000) / (performance.now() - from)).toFixed(0)} calls a second, 16 in flight`,
  )
  const times: number[] = []
  for (let at = 0; at < 300; at++) {
    const start = performance.now()
    await caller.call()
    times.push(performance.now() - start)
  }
  console.log(`one at a time: p50 ${times.toSorted((a, b) => a - b)[150]?.toFixed(2)} ms`)
  for (const width of [1, 16]) {
    await resetStatements(hub.stack)
    await resetCommands(redisUrl)
    await burst(COUNTED, width)
    await sleep(SETTLE_MS)
    console.log(`\n${width} in flight, of PostgreSQL and Redis:`)
    await printStatements(hub.stack, COUNTED, STATEMENTS)
    await printCommands(redisUrl, COUNTED, LEAST_COMMANDS)
  }
  await using inspector = await Inspector.open(must(hub.proxy.machine.pid))
  const profile = await inspector.profile(() => burst(calls, 16))
  await printProfile(profile, { name: `proxy-${which}`, count: calls, unit: 'call', folder })
  await inspector.startAllocations(true)
  await burst(calls, 16)
  const allocated = await inspector.stopAllocations()
  const bytes = allocated.reduce((all, [, size]) => all + size, 0)
  console.log(`\n${(bytes / calls / 1024).toFixed(1)} KB allocated per call, bytes by function`)
  for (const [fn, size] of allocated.slice(0, FUNCTIONS))
    console.log(`${(size / calls).toFixed(0).padStart(8)}  ${fn}`)
  caller.close()
}
