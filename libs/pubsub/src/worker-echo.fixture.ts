import { createWorkerThreadEventTarget } from './event-target-worker.ts'
import { createPubSub } from './index.ts'

/** Runs in a worker of tests: answers each `ask` with its payload, and ends at `crash`. */
const target = createWorkerThreadEventTarget()
const pubsub = createPubSub({ eventTarget: target })
target.addEventListener('ask:', (event) => {
  pubsub.publish('answer', '', event.detail.payload)
})
target.addEventListener('crash:', () => {
  throw new Error('crashed on demand')
})
