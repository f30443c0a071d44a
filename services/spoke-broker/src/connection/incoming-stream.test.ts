import { CallError, localEnvelope } from '@alkdev/operations'
import { producerConformance } from '@alkdev/operations/stream/testing'
import type { ProducerEnd } from '@alkdev/operations/stream/testing'
import { expect, test } from 'vitest'
import { IncomingStream } from './incoming-stream.ts'

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

interface Opened {
  readonly stream: IncomingStream
  readonly sent: number[]
  readonly counts: number[]
}

function opened(signal: AbortSignal, idleTimeoutMs: number): Opened {
  const sent: number[] = []
  const counts: number[] = []
  const connection = {
    identity: { id: 'a', scopes: [] },
    send(_type: string, _id: string, { seq, count }: { seq?: number; count?: number }) {
      if (seq !== undefined) sent.push(seq)
      if (count !== undefined) counts.push(count)
      return true
    },
  }
  const live = { hold: () => undefined }
  const options = { connection, live, requestId: 'r', idleTimeoutMs, signal }
  return { stream: new IncomingStream(options), sent, counts }
}

async function* items(
  to: number,
): AsyncGenerator<{ envelope: ReturnType<typeof localEnvelope>; seq: number }> {
  for (let seq = 1; seq <= to; seq++) yield { seq, envelope: localEnvelope(seq, 'a.b') }
}

function producer(): { end: ProducerEnd } & AsyncDisposable {
  const controller = new AbortController()
  const { stream, sent, counts } = opened(controller.signal, 60_000)
  let sending = Promise.resolve()
  const end: ProducerEnd = {
    sent,
    get count() {
      return counts[0]
    },
    produce: (to) => void (sending = stream.send(items(to)).catch(() => undefined)),
    grant: (credit) => stream.onCredit(credit),
    settle: turn,
  }
  return {
    end,
    async [Symbol.asyncDispose]() {
      controller.abort(new CallError('ABORTED', 'the test is over'))
      await sending
    },
  }
}

test.each(producerConformance(producer, { moves: false }))(
  'IncomingStream: $name',
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  },
)

test('a reader that disconnects, or gives no credit for too long, ends the stream', async () => {
  const controller = new AbortController()
  const left = opened(controller.signal, 60_000)
  const sending = left.stream.send(items(40))
  await turn()
  controller.abort(new CallError('ABORTED', 'gone'))
  await expect(sending).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(left.stream.send(items(1))).rejects.toMatchObject({ code: 'ABORTED' })
  const idle = opened(new AbortController().signal, 20)
  await expect(idle.stream.send(items(40))).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect([left.sent.length, idle.sent.length]).toEqual([32, 32])
})
