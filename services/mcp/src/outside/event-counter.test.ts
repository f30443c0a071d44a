import { expect, test } from 'vitest'
import { EventCounter } from './event-counter.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test.each([
  ['line feeds', '\n'],
  ['carriage returns', '\r'],
  ['both', '\r\n'],
])('lines that end with %s are counted, and an event ends with an empty one', (_, end) => {
  const counter = new EventCounter()
  const event = `event: message${end}data: 1${end}${end}`
  expect(counter.add(bytes(event.repeat(3))).lines).toBe(9)
  expect(counter.add(bytes('data: 2')).longest).toBeLessThan(10)
})

test('an event of several lines and parts is one, whatever it is cut into', () => {
  const counter = new EventCounter()
  for (let n = 0; n < 10; n += 1) counter.add(bytes(`data: ${'x'.repeat(93)}\n`))
  expect(counter.add(bytes('data: end')).longest).toBe(1009)
  for (const part of ['\r', '\n', '\r', '\n']) counter.add(bytes(part))
  expect(counter.add(bytes('data: 2')).longest).toBeLessThan(10)
})

test('the longest event of a part counts, also when it has ended within it', () => {
  const counter = new EventCounter()
  const { longest } = counter.add(bytes(`data: ${'x'.repeat(5000)}\n\ndata: 1\n\n`))
  expect(longest).toBe(5008)
})
