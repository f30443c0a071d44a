import type { ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { writeAll } from './write-all.ts'

/** A response whose buffer is full after 4 bytes and which nothing reads yet. */
function slowResponse(): { readonly raw: ServerResponse; readonly stream: PassThrough } {
  const stream = new PassThrough({ writableHighWaterMark: 4, readableHighWaterMark: 4 })
  stream.on('error', () => undefined)
  return { raw: stream as unknown as ServerResponse, stream }
}

/** True when the promise settles without any event of the stream. */
async function settlesAtOnce(promise: Promise<void>): Promise<boolean> {
  let settled = false
  void promise.then(() => (settled = true))
  await new Promise((resolve) => setImmediate(resolve))
  return settled
}

test('bytes that fit into the buffer of the client are written at once', async () => {
  const { raw, stream } = slowResponse()
  await writeAll(raw, Buffer.from('ab'), 60_000)
  expect(String(stream.read())).toBe('ab')
})

test('a full buffer holds the writer back until the client has read it', async () => {
  const { raw, stream } = slowResponse()
  const written = writeAll(raw, Buffer.from('0123456789'), 60_000)
  expect(await settlesAtOnce(written)).toBe(false)
  stream.resume()
  await written
  expect(stream.destroyed).toBe(false)
})

test('a client that reads nothing for the given time is cut, and the writer is rejected', async () => {
  const { raw, stream } = slowResponse()
  await expect(writeAll(raw, Buffer.from('0123456789'), 1)).rejects.toThrow('the client has gone')
  expect(stream.destroyed).toBe(true)
})

test('a write to a closed connection is rejected, even without bytes', async () => {
  const { raw, stream } = slowResponse()
  stream.destroy()
  await expect(writeAll(raw, Buffer.alloc(0), 60_000)).rejects.toThrow('the client has gone')
})

test('no listener stays on the response after a wait', async () => {
  const { raw, stream } = slowResponse()
  const before = [stream.listenerCount('drain'), stream.listenerCount('close')]
  const written = writeAll(raw, Buffer.from('0123456789'), 60_000)
  stream.resume()
  await written
  expect([stream.listenerCount('drain'), stream.listenerCount('close')]).toEqual(before)
})
