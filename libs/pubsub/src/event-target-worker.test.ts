import { MessageChannel, Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import {
  createWorkerHostEventTarget,
  createWorkerThreadEventTarget,
} from './event-target-worker.ts'
import type { WorkerEventTargetOptions, WorkerPort } from './event-target-worker.ts'
import { createPubSub } from './index.ts'
import { eventTargetConformance } from './testing.ts'
import type { ConformanceFault, ConformancePair } from './testing.ts'

/** Only the interface that browsers have, of a port of Node. */
function asWebPort(port: MessagePort): WorkerPort {
  return {
    postMessage: (value) => port.postMessage(value),
    addEventListener: (type, listener) => port.addEventListener(type, listener),
    removeEventListener: (type, listener) => port.removeEventListener(type, listener),
    start: () => port.start(),
  }
}

function pairOver(wrap: (port: MessagePort) => WorkerPort): () => ConformancePair {
  return () => {
    const { port1, port2 } = new MessageChannel()
    const faults: ConformanceFault[] = []
    const options: WorkerEventTargetOptions = {
      onError: (error, context) => faults.push({ error, context }),
    }
    return {
      publisher: createWorkerHostEventTarget(wrap(port1), options),
      subscriber: createWorkerThreadEventTarget({ ...options, port: wrap(port2) }),
      faults,
      sendMalformed: () => port1.postMessage(['no', 'envelope']),
      [Symbol.asyncDispose]: async () => {
        port1.close()
        port2.close()
      },
    }
  }
}

const features = {
  counts: 'nothing',
  uncarried: { payload: () => {} },
  malformed: true,
  reconnects: false,
} as const

const node = eventTargetConformance({ ...features, open: pairOver((port) => port) })
test.each(node)('ports of Node: $name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

const web = eventTargetConformance({ ...features, open: pairOver(asWebPort) })
test.each(web)('ports of the web: $name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

function startEcho(): Worker {
  const worker = new Worker(new URL('fixtures/worker-echo.ts', import.meta.url))
  onTestFinished(async () => void (await worker.terminate()))
  return worker
}

test('events published before the worker runs are answered by it', async () => {
  await using target = createWorkerHostEventTarget(startEcho())
  const pubsub = createPubSub<{ ask: unknown; answer: unknown }>({ eventTarget: target })
  const answers = pubsub.subscribe('answer', '')
  await answers.ready()
  const payload = { date: new Date(0), set: new Set([1]), big: 1n, undef: undefined }
  pubsub.publish('ask', '', payload)
  expect((await answers.next()).value?.payload).toEqual(payload)
})

test('a worker that exits ends the subscriptions with UNAVAILABLE', async () => {
  const worker = startEcho()
  const target = createWorkerHostEventTarget(worker)
  const next = createPubSub({ eventTarget: target }).subscribe('answer', '').next()
  await worker.terminate()
  await expect(next).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(target.publish({ type: 'a', id: '', payload: 1 })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  })
})

test('an error of the worker is reported to onError, and its end to the subscriptions', async () => {
  const faults: ConformanceFault[] = []
  const target = createWorkerHostEventTarget(startEcho(), {
    onError: (error, context) => faults.push({ error, context }),
  })
  const next = createPubSub({ eventTarget: target }).subscribe('answer', '').next()
  await target.publish({ type: 'crash', id: '', payload: 1 })
  await expect(next).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(faults.map((fault) => fault.context.kind)).toEqual(['transport'])
  expect(faults[0]?.error.cause).toMatchObject({ message: 'crashed on demand' })
})

test('no more than maxInFlight events are posted ahead of a worker that takes none; then it continues', async () => {
  const faults: ConformanceFault[] = []
  const target = createWorkerHostEventTarget(startEcho(), {
    maxInFlight: 8,
    onError: (error, context) => faults.push({ error, context }),
  })
  const pubsub = createPubSub<{ ask: number; answer: number }>({ eventTarget: target })
  const answers = pubsub.subscribe('answer', '')
  await answers.ready()
  const ask = (n: number): Promise<unknown> => target.publish({ type: 'ask', id: '', payload: n })
  const settled = await Promise.allSettled(Array.from({ length: 9 }, (_, n) => ask(n)))
  expect(settled.map((one) => one.status)).toEqual([
    ...Array.from({ length: 8 }, () => 'fulfilled'),
    'rejected',
  ])
  expect(settled[8]).toMatchObject({ reason: { code: 'OVERLOADED' } })
  const event = new CustomEvent('ask:', { detail: { type: 'ask', id: '', payload: 9 } })
  expect(target.dispatchEvent(event)).toBe(false)
  expect(faults.map((fault) => fault.error.code)).toEqual(['OVERLOADED'])
})

test('a message nested too deep is reported to onError, and the next ones are received', async () => {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => {
    port1.close()
    port2.close()
  })
  const faults: string[] = []
  const target = createWorkerThreadEventTarget({
    port: port2,
    maxInFlight: 4,
    onError: (error) => faults.push(error.message),
  })
  const items = createPubSub<{ a: unknown }>({ eventTarget: target }).subscribe('a', '')
  await items.ready()
  const loop: { self?: object } = {}
  loop.self = loop
  // Each level has the next one twice: 2 ** 500 ways down.
  let shared: unknown = 'end'
  for (let level = 0; level < 500; level += 1) shared = [shared, shared]
  for (const payload of [JSON.parse('['.repeat(516) + ']'.repeat(516)), loop, shared, 'last'])
    port1.postMessage({ type: 'a', id: '', payload })
  expect((await items.next()).value?.payload).toHaveLength(2)
  expect((await items.next()).value?.payload).toBe('last')
  expect(faults).toEqual(Array(2).fill('a message is nested deeper than 516 levels'))
})

test('both sides count, so that any number of events passes in both directions', async () => {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => {
    port1.close()
    port2.close()
  })
  const host = createWorkerHostEventTarget(port1, { maxInFlight: 4 })
  const thread = createWorkerThreadEventTarget({ port: port2, maxInFlight: 4 })
  thread.addEventListener('ask:', (event) => {
    thread.dispatchEvent(
      new CustomEvent('answer:', { detail: { ...event.detail, type: 'answer' } }),
    )
  })
  const answers = createPubSub<{ answer: number }>({ eventTarget: host }).subscribe('answer', '')
  await answers.ready()
  for (let n = 0; n < 100; n++) {
    await host.publish({ type: 'ask', id: '', payload: n })
    expect((await answers.next()).value?.payload).toBe(n)
  }
})

test('outside of a worker there is no thread side', () => {
  expect(() => createWorkerThreadEventTarget()).toThrow(
    expect.objectContaining({ code: 'UNAVAILABLE' }),
  )
})

test('a message that says how many were taken, and does not, is malformed', async () => {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => {
    port1.close()
    port2.close()
  })
  const faults: unknown[] = []
  createWorkerHostEventTarget(port1, {
    onError: (error, context) => faults.push([error.code, context.kind]),
  })
  for (const payload of [undefined, { count: -1 }, { count: 'many' }]) {
    port2.postMessage({ type: '__received', id: '', payload })
  }
  await expect
    .poll(() => faults)
    .toEqual(Array.from({ length: 3 }, () => ['VALIDATION_ERROR', 'malformed']))
})
