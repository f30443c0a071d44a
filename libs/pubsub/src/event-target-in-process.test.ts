import { expect, test } from 'vitest'
import { createInProcessEventTarget, createPubSub } from './index.ts'
import { eventTargetConformance } from './testing.ts'
import type { ConformanceFault, ConformancePair } from './testing.ts'

function open(): ConformancePair {
  const faults: ConformanceFault[] = []
  const target = createInProcessEventTarget({
    onError: (error, context) => faults.push({ error, context }),
  })
  return {
    publisher: target,
    subscriber: target,
    faults,
    [Symbol.asyncDispose]: () => target.close(),
  }
}

const conformance = eventTargetConformance({
  open,
  counts: 'listeners',
  uncarried: 'anything',
  malformed: false,
  reconnects: false,
})

test.each(conformance)('in process: $name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

test('a listener that is added during a dispatch hears the next event, one that is removed hears this one no more', () => {
  const target = createInProcessEventTarget()
  const received: string[] = []
  const late = (): void => void received.push('late')
  const removed = (): void => void received.push('removed')
  target.addEventListener('a:', () => {
    received.push('first')
    target.addEventListener('a:', late)
    target.removeEventListener('a:', removed)
  })
  target.addEventListener('a:', removed)
  const pubsub = createPubSub({ eventTarget: target })
  pubsub.publish('a', '', 1)
  expect(received).toEqual(['first'])
  pubsub.publish('a', '', 1)
  expect(received).toEqual(['first', 'first', 'late'])
})

test('without onError an exception of a listener is thrown in a microtask, as EventTarget does', async () => {
  const target = createInProcessEventTarget()
  const mine = new Error('mine')
  target.addEventListener('a:', () => {
    throw mine
  })
  const thrown = Promise.withResolvers<unknown>()
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', thrown.resolve)
  try {
    expect(await target.publish({ type: 'a', id: '', payload: 1 })).toBe(1)
    expect(await thrown.promise).toBe(mine)
  } finally {
    for (const listener of others) process.on('uncaughtException', listener)
  }
})
