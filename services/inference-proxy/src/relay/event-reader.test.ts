import { expect, test } from 'vitest'
import { EventReader } from './event-reader.ts'
import type { StreamPiece } from './event-reader.ts'

function read(bytes: Buffer, cuts: readonly number[]): { text: string; data: unknown[] } {
  const reader = new EventReader()
  const pieces: StreamPiece[] = []
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    pieces.push(...reader.push(bytes.subarray(from, to)))
    from = to
  }
  const rest = reader.end()
  if (rest !== undefined) pieces.push(rest)
  return {
    text: Buffer.concat(pieces.map((piece) => piece.bytes)).toString(),
    data: pieces.flatMap((piece) => (piece.data === undefined ? [] : [piece.data])),
  }
}

const stream = [
  '\uFEFFdata: {"a":"北京 🌍"}\n\n',
  ': ping\n',
  ': ping\r\n\r\n',
  'event: x\r\ndata: {"b":\r\ndata: 2}\r\n\r\n',
  'data:{"c":3}\r\r',
  'id: 7\n\n',
  'data: not json\n\n',
  'data: [DONE]\n\n',
].join('')
const data = [{ a: '北京 🌍' }, { b: 2 }, { c: 3 }, 'not json', '[DONE]']

test('a stream that is cut at any byte gives the same bytes and the same events', () => {
  const bytes = Buffer.from(stream)
  for (let at = 0; at <= bytes.length; at += 1)
    expect(read(bytes, [at])).toEqual({ text: stream, data })
  expect(read(bytes, [...bytes.keys()].slice(1))).toEqual({ text: stream, data })
})

test('a comment does not wait for the next event', () => {
  const reader = new EventReader()
  expect(reader.push(Buffer.from(': ping\n')).map(({ bytes }) => bytes.toString())).toEqual([
    ': ping\n',
  ])
  expect(reader.push(Buffer.from('data: 1\n'))).toEqual([])
})

test('an event without an end is given out at the end of the stream', () => {
  const { text, data: found } = read(Buffer.from('data: {"a":1}\n\ndata: {"b":2}'), [])
  expect(found).toEqual([{ a: 1 }, { b: 2 }])
  expect(text).toBe('data: {"a":1}\n\ndata: {"b":2}')
})

test('an event that is too long passes in pieces, and the next one is read', () => {
  const long = `data: "${'x'.repeat(3 * 1024 * 1024)}"\n\n`
  const { text, data: found } = read(Buffer.from(`${long}data: 1\n\n`), [1_500_000, 2_500_000])
  expect(text === `${long}data: 1\n\n`).toBe(true)
  expect(found).toEqual([1])
})
