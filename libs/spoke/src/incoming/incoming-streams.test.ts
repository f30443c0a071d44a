import { Type } from '@alkdev/typebox'
import { producerConformance } from '@alkdev/operations/stream/testing'
import type { ProducerEnd } from '@alkdev/operations/stream/testing'
import { expect, test } from 'vitest'
import { subscription } from '../define.ts'
import type { CallOrigin } from './call-origin.ts'
import { IncomingCalls } from './incoming-calls.ts'

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const requestId = 'r'

const count = subscription(
  {
    id: 'a.b',
    description: 'Counts.',
    input: Type.Number(),
    output: Type.Number(),
    resumable: true,
  },
  async function* (to) {
    for (let n = 1; n <= to; n++) yield n
  },
)

interface Sent {
  readonly type: string
  readonly payload: { readonly seq?: number; readonly count?: number }
}

/** A resumable subscription that a spoke answers. After a move the former connection is closed. */
function producer(): { end: ProducerEnd } & AsyncDisposable {
  const sent: number[] = []
  let total: number | undefined
  const connection = (): CallOrigin & { open: boolean } => ({
    open: true,
    bufferedBytes: 0,
    maxPayloadBytes: 1000,
    calls: {
      call: () => Promise.reject(new Error('no hub')),
      subscribe: () => {
        throw new Error('no hub')
      },
    },
    sendText(text) {
      const { payload } = JSON.parse(text) as Sent
      if (!this.open) return false
      if (payload.seq !== undefined) sent.push(payload.seq)
      if (payload.count !== undefined) total = payload.count
      return true
    },
    confirm: () => true,
  })
  const calls = new IncomingCalls(() => undefined)
  calls.offer([count])
  let origin = connection()
  const end: ProducerEnd = {
    sent,
    get count() {
      return total
    },
    produce(input) {
      const payload = { requestId, operationId: 'a.b', input }
      calls.receive({ type: 'call.requested', id: requestId, payload }, origin)
    },
    grant: (credit) =>
      void calls.receive(
        { type: 'call.credit', id: requestId, payload: { requestId, ...credit } },
        origin,
      ),
    async settle() {
      // An item of a handler takes several microtasks, and several turns of the event loop when a socket is full.
      let before: number
      do {
        before = sent.length
        await turn()
      } while (sent.length > before)
    },
    move() {
      origin.open = false
      calls.socketLost(origin, false)
      origin = connection()
      calls.resumed([requestId], origin)
    },
  }
  return { end, [Symbol.asyncDispose]: async () => calls.abortAll('the test is over') }
}

test.each(producerConformance(producer, { moves: true }))(
  'IncomingCall: $name',
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  },
)
