import type { CallSink, ProvidedCall } from '@alkdev/bus'
import type { CallError, OperationSpec, ResponseEnvelope } from '@alkdev/operations'
import { localEnvelope } from '@alkdev/operations'
import type { Credit } from '@alkdev/operations/stream'
import { consumerConformance } from '@alkdev/operations/stream/testing'
import type { ConsumerEnd, Read } from '@alkdev/operations/stream/testing'
import { deferred } from '@alkdev/std'
import { expect, test } from 'vitest'
import type { Connection } from '../connection/connection.ts'
import { OutgoingCall } from './outgoing-call.ts'

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const nothing = (): void => undefined

const spec: OperationSpec = {
  namespace: 't',
  name: 'tail',
  version: '1.0.0',
  type: 'subscription',
  resumable: true,
  description: 'Counts.',
  inputSchema: {},
  outputSchema: {},
  accessControl: { requiredScopes: [] },
}

const call: ProvidedCall = {
  header: {
    callId: '01975f30-0000-7000-8000-000000000001',
    operationId: 'client.s.t.tail',
    input: {},
    principal: { id: 'caller', scopes: [] },
    actor: { kind: 'service', name: 'gateway', instanceId: 'g' },
    depth: 0,
  },
  attempt: 1,
  spec,
  target: { kind: 'spoke', spokeId: 's', epoch: 1, name: 't.tail' },
  signal: new AbortController().signal,
}

/** A stream that a spoke sends, and a caller that reads it: its window is that of a run, its reader takes one item at a time. */
function consumer(): { end: ConsumerEnd } & AsyncDisposable {
  const credits: Credit[] = []
  const connection = {
    send: (type: string, _id: string, payload: object) => {
      if (type !== 'call.credit') return true
      const { upTo, credits: more } = payload as Credit
      credits.push({ upTo, credits: more })
      return true
    },
  } as unknown as Connection
  const held: { readonly item: number; readonly read: () => void }[] = []
  const waiting: ((read: Read) => void)[] = []
  let last: Read | undefined
  /** Number of the last item read. */
  let read = 0
  /** Resolves when the reader has read the items that had arrived when the stream moved. */
  let room = deferred<void>()
  let roomAt = 0
  const finish = (outcome: Read): void => {
    last = outcome
    for (const resolve of waiting.splice(0)) resolve(outcome)
  }
  const sink: CallSink = {
    started: nothing,
    item(output: ResponseEnvelope) {
      const taken = deferred<void>()
      held.push({ item: output.data as number, read: taken.resolve })
      return taken.promise
    },
    respond: nothing,
    complete: () => finish({ end: true }),
    fail(error) {
      const { code, details } = error as CallError
      finish({ code, details })
    },
    refuse: nothing,
    lost: nothing,
  }
  const options = {
    call,
    sink,
    connection,
    maxPayloadBytes: 1_000_000,
    fits: () => true,
    onEnd: nothing,
  }
  let outgoing = new OutgoingCall(options)
  outgoing.dispatch('t.tail', undefined)
  const requestId = 'r'
  const end: ConsumerEnd = {
    credits,
    deliver(seq) {
      outgoing.responded({ requestId, output: localEnvelope(seq, 't.tail'), seq }, 100)
    },
    complete: (count) => outgoing.completed(count),
    async read() {
      const next = held.shift()
      if (next === undefined)
        return last ?? (await new Promise<Read>((resolve) => waiting.push(resolve)))
      read = next.item
      next.read()
      if (read >= roomAt) room.resolve()
      return { item: next.item }
    },
    settle: turn,
    move() {
      const received = read + held.length
      outgoing.drop()
      room = deferred<void>()
      roomAt = received
      // The caller's window allows one more item than its reader has taken.
      const upTo = read + 1
      const more = received < upTo ? Promise.resolve() : room.promise
      // Items that the former call passed on are read without it.
      const passed = held.splice(0)
      held.push(...passed.map(({ item }) => ({ item, read: nothing })))
      outgoing = new OutgoingCall({ ...options, resumed: { received, upTo, room: more } })
      outgoing.resume()
    },
  }
  return { end, [Symbol.asyncDispose]: async () => outgoing.drop() }
}

test.each(consumerConformance(consumer, { moves: true }))(
  'OutgoingCall: $name',
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  },
)
