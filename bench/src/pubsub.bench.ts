import { createInProcessEventTarget, createPubSub } from '@alkdev/pubsub'
import type { Row } from './row.ts'

interface Events {
  readonly 'task.done': { readonly n: number }
}

const ROUNDS = 300_000
const RUNS = 5

/** Events per second of `emit`, the best of several runs after a warm-up. */
function perSecond(emit: (n: number) => void): number {
  let best = 0
  for (let run = 0; run <= RUNS; run++) {
    const startedAt = performance.now()
    for (let n = 0; n < ROUNDS; n++) emit(n)
    if (run > 0) best = Math.max(best, (ROUNDS * 1000) / (performance.now() - startedAt))
  }
  return Math.round(best)
}

/** Publishing to listeners of one topic, beside an EventTarget that is given the same CustomEvents with the topic known. */
function publishing(listeners: number): Row {
  let received = 0
  const bare = new EventTarget()
  const eventTarget = createInProcessEventTarget()
  const pubsub = createPubSub<Events>({ eventTarget })
  for (let n = 0; n < listeners; n++) {
    const listener = (): void => void (received += 1)
    bare.addEventListener('task.done:t1', listener)
    eventTarget.addEventListener('task.done:t1', listener)
  }
  const reference = perSecond((n) => {
    const detail = { type: 'task.done', id: 't1', payload: { n } }
    bare.dispatchEvent(new CustomEvent('task.done:t1', { detail }))
  })
  const value = perSecond((n) => pubsub.publish('task.done', 't1', { n }))
  const ratio = value / reference
  return {
    name: `publish in process, ${listeners} listener${listeners === 1 ? '' : 's'}`,
    value,
    unit: '/s',
    reference,
    ratio,
    target: '>= 0.5 of a bare EventTarget',
    ok: ratio >= 0.5 && received > 0,
  }
}

/** From `publish` to the body of a `for await`, in bursts that a subscription holds. */
async function iterating(): Promise<Row> {
  const pubsub = createPubSub<Events>()
  const burst = 1000
  let best = 0
  for (let run = 0; run <= RUNS; run++) {
    const events = pubsub.subscribe('task.done', 't1')
    await events.ready()
    let left = ROUNDS
    const startedAt = performance.now()
    for (let n = 0; n < burst; n++) pubsub.publish('task.done', 't1', { n })
    for await (const _event of events) {
      left -= 1
      if (left === 0) break
      if (left % burst === 0)
        for (let n = 0; n < burst; n++) pubsub.publish('task.done', 't1', { n })
    }
    if (run > 0) best = Math.max(best, (ROUNDS * 1000) / (performance.now() - startedAt))
  }
  return { name: 'publish in process, read by for await', value: Math.round(best), unit: '/s' }
}

export async function run(): Promise<Row[]> {
  return [publishing(1), publishing(10), await iterating()]
}
