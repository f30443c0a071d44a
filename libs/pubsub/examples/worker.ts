// Both sides of a worker of node:worker_threads; Web Workers work alike.
import { isMainThread, Worker } from 'node:worker_threads'
import { createPubSub } from '@alkdev/pubsub'
import {
  createWorkerHostEventTarget,
  createWorkerThreadEventTarget,
} from '@alkdev/pubsub/event-target-worker'

type Events = { square: number; squared: number }

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url))
  await using target = createWorkerHostEventTarget(worker)
  const pubsub = createPubSub<Events>({ eventTarget: target })
  const results = pubsub.subscribe('squared', '')
  await results.ready()
  for (const n of [2, 3, 4]) pubsub.publish('square', '', n)
  let left = 3
  for await (const { payload } of results) {
    console.log(payload)
    if (--left === 0) break
  }
  await worker.terminate()
} else {
  const pubsub = createPubSub<Events>({ eventTarget: createWorkerThreadEventTarget() })
  for await (const { payload } of pubsub.subscribe('square', '')) {
    pubsub.publish('squared', '', payload * payload)
  }
}
