import { expect, test } from 'vitest'
import { EventParser } from './event-parser.ts'

test('events are read whole, wherever the pieces are cut', () => {
  const text =
    ': keep-alive\n\nid: 1\ndata: {"a":\ndata: 1}\n\nevent: completed\r\ndata: {}\r\n\r\n'
  for (let size = 1; size <= text.length; size += 1) {
    const parser = new EventParser()
    const events = []
    for (let at = 0; at < text.length; at += size)
      events.push(...parser.push(text.slice(at, at + size)))
    expect(events).toEqual([
      { event: 'message', id: '1', data: '{"a":\n1}' },
      { event: 'completed', id: undefined, data: '{}' },
    ])
  }
})
