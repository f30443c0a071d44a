import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SSEParser, parseSSEFrames } from '../../../from-openapi.ts'

const message = (data: string, lastEventId = '') => ({ data, eventType: 'message', lastEventId })

test.each([
  ['one line', 'data: a\n\n', [message('a')]],
  ['several lines', 'data: a\ndata: b\n\n', [message('a\nb')]],
  ['carriage return and line feed', 'data: a\r\n\r\ndata: b\r\n\r\n', [message('a'), message('b')]],
  ['carriage returns alone', 'data: a\r\rdata: b\r\r', [message('a'), message('b')]],
  ['a byte order mark', '\uFEFFdata: a\n\n', [message('a')]],
  ['comments', ': hello\ndata: a\n:\n\n', [message('a')]],
  ['no space after the colon', 'data:a\n\n', [message('a')]],
  ['one space taken off, no more', 'data:  a\n\n', [message(' a')]],
  ['a field without a colon', 'data\ndata: a\n\n', [message('\na')]],
  ['an unknown field', 'foo: bar\ndata: a\n\n', [message('a')]],
  ['an event without data', 'event: x\n\n', []],
  ['empty data, which is an event (B16)', 'data:\n\n', [message('')]],
  [
    'a name without data, and one with an empty line of data (B16)',
    'event: a\n\nevent: ping\ndata\n\n',
    [{ data: '', eventType: 'ping', lastEventId: '' }],
  ],
  ['an unfinished last event', 'data: a\n\ndata: b\n', [message('a')]],
  ['a name', 'event: add\ndata: a\n\n', [{ data: 'a', eventType: 'add', lastEventId: '' }]],
  ['an id that stays', 'id: 7\ndata: a\n\ndata: b\n\n', [message('a', '7'), message('b', '7')]],
  ['an id without data counts', 'id: 8\n\ndata: a\n\n', [message('a', '8')]],
  ['an id with a null is not an id', 'id: 1\0\ndata: a\n\n', [message('a')]],
  [
    'an empty id takes the id back',
    'id: 7\ndata: a\n\nid\ndata: b\n\n',
    [message('a', '7'), message('b')],
  ],
])('reads %s', (_, text, events) => {
  expect(new SSEParser().push(text)).toEqual(events)
})

test('a chunk that ends after a data line keeps the line, its prefix and the id (A12: chunk-boundary loss)', () => {
  const first = parseSSEFrames('id: 5\ndata: {"a":1}\n')
  expect(first).toEqual({ events: [], remaining: 'id: 5\ndata: {"a":1}\n' })
  expect(parseSSEFrames(`${first.remaining}\n`)).toEqual({
    events: [{ data: '{"a":1}', eventType: 'message', lastEventId: '5' }],
    remaining: '',
  })
})

test('a carriage return and its line feed in two chunks end one line (A12)', () => {
  const parser = new SSEParser()
  expect([
    ...parser.push('data: a\r'),
    ...parser.push('\ndata: b\r\n\r'),
    ...parser.push('\n'),
  ]).toEqual([message('a\nb')])
})

const line = fc.oneof(
  fc.constantFrom(
    'data: a',
    'data: é😀',
    'data',
    'event: e',
    'id: 1',
    'id: 2',
    'retry: 10',
    ': c',
    '',
  ),
  fc.string().map((text) => `data: ${text.replaceAll(/[\r\n]/g, '')}`),
)
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')))
  .map((lines) => lines.map((pair) => pair.join('')).join(''))

test('the same events come out wherever a stream is cut', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(200)), (text, cuts) => {
      const whole = new SSEParser()
      const expected = whole.push(text)
      const parts = new SSEParser()
      const got = []
      let at = 0
      for (const cut of cuts) {
        got.push(...parts.push(text.slice(at, at + cut)))
        at += cut
      }
      got.push(...parts.push(text.slice(at)))
      expect(got).toEqual(expected)
      expect([parts.lastEventId, parts.retryMs]).toEqual([whole.lastEventId, whole.retryMs])
    }),
  )
})

test('parsing the rest together with what follows gives the same data as the whole text', () => {
  fc.assert(
    fc.property(stream, fc.nat(200), (text, cut) => {
      const first = parseSSEFrames(text.slice(0, cut))
      const second = parseSSEFrames(first.remaining + text.slice(cut))
      expect([...first.events, ...second.events].map(({ data }) => data)).toEqual(
        parseSSEFrames(text).events.map(({ data }) => data),
      )
    }),
  )
})

test('an event beyond the limit is refused, in one line or in many', () => {
  expect(() => new SSEParser(10).push(`data: ${'x'.repeat(20)}`)).toThrow(RangeError)
  expect(() => new SSEParser(30).push('data: aaaaa\n'.repeat(5))).toThrow(RangeError)
  expect(new SSEParser(30).push('data: aaaaa\n\n'.repeat(9))).toHaveLength(9)
})
