import { expect, test } from 'vitest'
import { EventLines } from './event-lines.ts'

function follow(
  text: string,
  size: number,
): { readonly lines: EventLines; readonly out: string[] } {
  const lines = new EventLines()
  const bytes = Buffer.from(text)
  const out: string[] = []
  for (let at = 0; at < bytes.length; at += size)
    out.push(lines.push(bytes.subarray(at, at + size)).toString())
  out.push(lines.end().toString())
  return { lines, out }
}

test('a stream comes out whole and line by line, and its end is seen, however it is cut', () => {
  const text = 'data: {"choices":[]}\n\n: c\r\ndata: {"finish_reason": "stop"}\n\nrest'
  for (const size of [1, 2, 7, 1000]) {
    const { lines, out } = follow(text, size)
    expect(out.join('')).toBe(text)
    expect(out.slice(0, -1).filter((one) => one !== '' && !one.endsWith('\n'))).toEqual([])
    expect([lines.finished, lines.failed]).toEqual([true, false])
  }
})

test('a line over the limit is given out in pieces and not looked at, the next one is', () => {
  const { lines, out } = follow(`data: ${'x'.repeat(3_000_000)}\ndata: {"error":{}}\n`, 1000)
  expect(out.join('').length).toBe(3_000_006 + 1 + 19)
  expect([lines.finished, lines.failed]).toEqual([false, true])
})
