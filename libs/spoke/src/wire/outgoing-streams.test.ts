import type { CodedError } from '@alkdev/errors'
import type { Credit } from '@alkdev/operations/stream'
import { consumerConformance } from '@alkdev/operations/stream/testing'
import type { ConsumerEnd, Read } from '@alkdev/operations/stream/testing'
import { expect, test } from 'vitest'
import { OutgoingCalls } from './outgoing-calls.ts'

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** A subscription of a client. */
function consumer(): { end: ConsumerEnd } & AsyncDisposable {
  const credits: Credit[] = []
  let id = ''
  const calls = new OutgoingCalls((frame) => {
    if (frame.type === 'call.requested') id = frame.id
    if (frame.type === 'call.credit') {
      const { upTo, credits: more } = frame.payload as unknown as Credit
      credits.push({ upTo, credits: more })
    }
    return true
  })
  const stream = calls.subscribe('a.b', {}, {}, ({ data }) => data as number)
  const next = (): Promise<Read> =>
    stream.next().then(
      (step): Read => (step.done === true ? { end: true } : { item: step.value }),
      (error: CodedError) => ({ code: error.code, details: error.details }),
    )
  // The call is made by the first read.
  let first: Promise<Read> | undefined = next()
  const meta = { source: 'local', operationId: 'a.b', timestamp: 1 }
  const end: ConsumerEnd = {
    credits,
    deliver: (seq) =>
      void calls.receive('call.responded', id, { output: { data: seq, meta }, seq }),
    complete: (count) => void calls.receive('call.completed', id, { count }),
    read() {
      const given = first
      first = undefined
      return given ?? next()
    },
    settle: turn,
  }
  return { end, [Symbol.asyncDispose]: async () => calls.lose('the test is over') }
}

test.each(consumerConformance(consumer, { moves: false }))(
  'OutgoingCalls: $name',
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  },
)
