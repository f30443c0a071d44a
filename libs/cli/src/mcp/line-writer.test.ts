import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { lineWriter } from './line-writer.ts'

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('writers wait for a reader that does not read, without a listener for each', async () => {
  const stream = new PassThrough({ highWaterMark: 1 })
  const { write } = lineWriter(stream, new AbortController().signal)
  let written = 0
  const all = Array.from({ length: 50 }, async (_, at) => {
    await write(`line ${at}`)
    written += 1
  })
  await settled()
  expect([written, stream.listenerCount('drain')]).toEqual([0, 1])
  stream.resume()
  await Promise.all(all)
  expect(written).toBe(50)
})

test.each(['stops', 'closes its end'])('writers go on when the reader %s', async (what) => {
  const stop = new AbortController()
  const stream = new PassThrough({ highWaterMark: 1 })
  const { write, signal } = lineWriter(stream, stop.signal)
  const waiting = write('first')
  if (what === 'stops') stop.abort()
  else stream.destroy(new Error('EPIPE'))
  await waiting
  expect(signal.aborted).toBe(true)
  await write('second')
})
