import { expect, test } from 'vitest'
import { REDACTED } from './secret-scrubber.ts'
import { StreamEvent } from './stream-event.ts'

const event = (lines: string): StreamEvent => new StreamEvent(Buffer.from(lines))

test('every string and number of the data is found with its place', () => {
  const strings = event(
    'data: {"id":7,"choices":[{"delta":{"content":"hi"}}],"n":null}\n\n',
  ).strings()
  expect(strings.map(({ channel, text }) => [channel, text])).toEqual([
    ['/id', '7'],
    ['/choices/0/delta/content', 'hi'],
  ])
})

test('an entry of a list is named by its index member, not by its position', () => {
  const [found] = event('data: {"choices":[{"index":3,"text":"a"}]}\n\n')
    .strings()
    .filter(({ text }) => text === 'a')
  expect(found?.channel).toBe('/choices/3/text')
})

test('data that is not JSON is one string, also over several lines', () => {
  expect(event('data: one\ndata: two\n\n').strings()).toMatchObject([
    { channel: '', text: 'one\ntwo' },
  ])
})

test('an event without data has no strings', () => {
  expect(event(': comment\n\n').strings()).toEqual([])
})

test('an event of which nothing is cut is written byte for byte', () => {
  const lines = 'event: x\r\ndata:{"a" : 1}\r\n\r\n'
  const one = event(lines)
  one.strings()
  expect(String(one.written())).toBe(lines)
})

test('a cut replaces its bytes, counted in UTF-8, and keeps the other lines', () => {
  const one = event('event: x\ndata: {"a":"é-secret-!","b":1}\n\n')
  const [a] = one.strings()
  a?.place.cut(2, 10)
  expect(String(one.written())).toBe(`event: x\ndata: {"a":"é${REDACTED}!","b":1}\n\n`)
})

test('two cuts of a string are both applied', () => {
  const one = event('data: plain text here\n\n')
  const [found] = one.strings()
  found?.place.cut(0, 5)
  found?.place.cut(11, 15)
  expect(String(one.written())).toBe(`data: ${REDACTED} text ${REDACTED}\n\n`)
})

test('at most 1,000 strings of an event are examined', () => {
  expect(
    event(`data: ${JSON.stringify(Array.from({ length: 1500 }, String))}\n\n`).strings(),
  ).toHaveLength(1000)
})
