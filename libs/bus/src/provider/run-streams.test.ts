import { producerConformance } from '@alkdev/operations/stream/testing'
import type { ProducerEnd } from '@alkdev/operations/stream/testing'
import { expect, test } from 'vitest'
import type { ProvidedCall } from '../provided-call.ts'
import { alice, registryOf, spec } from '../testing/harness.ts'
import { runService } from './run-service.ts'
import { Run } from './run.ts'

const watch = spec('fs.watch', { type: 'subscription' })
const registry = registryOf([
  watch,
  async function* (to: number) {
    for (let n = 1; n <= to; n++) yield n
  },
])

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const nothing = (): void => undefined

/** A run of a subscription of this process. */
function producer(): { end: ProducerEnd } & AsyncDisposable {
  const sent: number[] = []
  let count: number | undefined
  const controller = new AbortController()
  const callOf = (input: number): ProvidedCall => ({
    header: {
      callId: 'c',
      operationId: 'fs.watch',
      input,
      principal: alice,
      actor: { kind: 'service', name: 'gateway', instanceId: 'g' },
      depth: 0,
    },
    attempt: 1,
    spec: watch,
    target: { kind: 'service' },
    signal: controller.signal,
  })
  const run = new Run({
    call: callOf(0),
    controller,
    sink: {
      respond: nothing,
      item: (seq) => void sent.push(seq),
      complete: (items) => (count = items),
      fail: nothing,
      refuse: nothing,
      lost: nothing,
      receipt: nothing,
    },
    windowSize: 32,
    bytes: 0,
    expectedInMs: () => undefined,
    onEnd: nothing,
    onAbort: nothing,
  })
  const end: ProducerEnd = {
    sent,
    get count() {
      return count
    },
    produce: (items) => runService(registry, callOf(items), run),
    grant: ({ upTo }) => run.window.grant(upTo),
    settle: turn,
  }
  return {
    end,
    async [Symbol.asyncDispose]() {
      run.lost('the test is over')
      await turn()
    },
  }
}

test.each(producerConformance(producer, { moves: false }))('Run: $name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})
