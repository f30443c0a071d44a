import { expect, test } from 'vitest'
import { readEvents } from './read-events.ts'
import type { ServerEvent } from './read-events.ts'

async function read(chunks: Iterable<string>): Promise<ServerEvent[]> {
  const encoder = new TextEncoder()
  const source = chunks[Symbol.iterator]()
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = source.next()
      if (next.done === true) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
  })
  return Array.fromAsync(readEvents(body))
}

test('events that arrive in pieces are read, and one that the end cuts off is dropped', async () => {
  const text =
    ': hello\nid: 1\ndata: {"a":\ndata: 1}\n\nevent: completed\r\ndata: {}\r\n\r\ndata: cut off'
  const expected = [
    { event: 'message', id: '1', data: '{"a":\n1}' },
    { event: 'completed', id: '1', data: '{}' },
  ]
  expect(await read([text])).toEqual(expected)
  expect(await read(text)).toEqual(expected)
})

test('an event of more than 16 Mi characters ends the stream with an error', async () => {
  const line = `data: ${'x'.repeat(1024 * 1024)}\n`
  await expect(read(Array.from({ length: 17 }, () => line))).rejects.toThrow('more than 16 MiB')
})

test('a line that never ends is refused at 16 Mi characters too', async () => {
  const piece = 'x'.repeat(1024 * 1024)
  await expect(read(Array.from({ length: 17 }, () => piece))).rejects.toThrow('more than 16 MiB')
})
