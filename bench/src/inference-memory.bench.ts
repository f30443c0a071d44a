import { must } from '@alkdev/std'
import { Children } from './children.ts'
import { httpCaller } from './http-caller.ts'
import { startInferenceStack } from './inference-stack.ts'
import { residentBytes } from './process-stat.ts'
import type { Row } from './row.ts'

const BODY = {
  model: 'acme/m',
  messages: [{ role: 'user', content: 'A prompt of a few words, as in a test.' }],
  max_tokens: 100,
}
const CALLS = 100_000
const IN_FLIGHT = 16
/** Resident memory is read so often in a run. */
const SAMPLES = 20

/** The resident memory of the inference proxy, started as `up` does, while it serves 100,000 calls with everything on. */
export async function run(): Promise<Row[]> {
  await using children = new Children()
  const model = (await children.start('./inference-peer.ts', ['model'])).said
  await using hub = await startInferenceStack({ acme: model }, { asUp: true })
  const { proxy, keys } = hub
  const pid = must(proxy.machine.pid)
  const caller = httpCaller(`${proxy.url}/v1/chat/completions`, BODY, {
    authorization: `Bearer ${keys.everything}`,
  })
  const samples: number[] = []
  for (let sample = 0; sample < SAMPLES; sample++) {
    let left = CALLS / SAMPLES
    const worker = async (): Promise<void> => {
      while (left-- > 0) await caller.call()
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
    samples.push(residentBytes(pid) / 1024 / 1024)
  }
  caller.close()
  const half = samples.length / 2
  const most = (of: readonly number[]): number => Math.max(...of)
  const growth = most(samples.slice(half)) / most(samples.slice(0, half))
  return [
    {
      name: 'resident memory of the inference proxy under load, at most',
      value: most(samples),
      unit: 'MiB',
      target: '<= 200 MB',
      ok: most(samples) * 1.048576 <= 200,
    },
    {
      name: 'the same of calls 50,001 to 100,000, to that of calls 1 to 50,000',
      value: growth,
      unit: '',
      target: '<= 1.1',
      ok: growth <= 1.1,
    },
  ]
}
