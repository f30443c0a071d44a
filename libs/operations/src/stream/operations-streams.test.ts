import { expect, test } from 'vitest'
import type { CallFrame } from '../calls/call-events.ts'
import { buildCallHandler } from '../calls/call-handler.ts'
import { openSpec } from '../fixtures/operations.ts'
import { PendingRequestMap } from '../calls/pending-request-map.ts'
import { OperationRegistry } from '../registry/registry.ts'
import { localEnvelope } from '../calls/response-envelope.ts'
import type { Credit } from './credit.ts'
import { consumerConformance, producerConformance } from './testing.ts'
import type { ConsumerEnd, ProducerEnd, Read } from './testing.ts'

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const id = 'r'

/** A subscription of a `PendingRequestMap` over a connection. */
function consumer(): { end: ConsumerEnd } & AsyncDisposable {
  const credits: Credit[] = []
  const map = new PendingRequestMap({
    send: ({ type, payload }) => void (type === 'call.credit' && credits.push(payload as Credit)),
  })
  const stream = map.subscribe('p.count', {}, { requestId: id })
  let asked: Promise<Read> | undefined
  const next = (): Promise<Read> =>
    stream.next().then(
      (step) => (step.done === true ? { end: true } : { item: step.value.data as number }),
      (error: { code: string; details: unknown }) => ({ code: error.code, details: error.details }),
    )
  const open = (): void => {
    // The request is sent by the first read.
    asked ??= next()
  }
  const receive = (type: CallFrame['type'], payload: object): void => {
    open()
    map.receive({ type, id, payload: { requestId: id, ...payload } } as CallFrame)
  }
  let first = true
  const end: ConsumerEnd = {
    credits,
    deliver: (seq) => receive('call.responded', { seq, output: localEnvelope(seq, 'p.count') }),
    complete: (count) => receive('call.completed', { count }),
    read() {
      open()
      const given = first ? asked : undefined
      first = false
      return given ?? next()
    },
    settle: turn,
  }
  return { end, [Symbol.asyncDispose]: async () => map.dispose() }
}

/** A subscription that `buildCallHandler` executes. */
function producer(): { end: ProducerEnd } & AsyncDisposable {
  const sent: number[] = []
  let count: number | undefined
  const callMap = new PendingRequestMap({
    send({ type, payload }) {
      if (type === 'call.responded' && payload.seq !== undefined) sent.push(payload.seq)
      if (type === 'call.completed') count = payload.count
    },
  })
  const registry = new OperationRegistry()
  registry.register(
    openSpec('p.count', {
      type: 'subscription',
      async *handler(to: number) {
        for (let n = 1; n <= to; n++) yield n
      },
    }),
  )
  const handler = buildCallHandler({ registry, callMap })
  const end: ProducerEnd = {
    sent,
    get count() {
      return count
    },
    produce: (input) => void handler({ requestId: id, operationId: 'p.count', input }),
    grant: (credit) =>
      void callMap.receive({ type: 'call.credit', id, payload: { requestId: id, ...credit } }),
    settle: turn,
  }
  return { end, [Symbol.asyncDispose]: async () => handler.dispose() }
}

test.each(consumerConformance(consumer, { moves: false }))(
  'PendingRequestMap: $name',
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  },
)

test.each(producerConformance(producer, { moves: false }))(
  'buildCallHandler: $name',
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  },
)
