import { expect, test } from 'vitest'
import { messageLines, TOO_LONG } from './message-lines.ts'

const linesOf = async (...chunks: (string | Buffer)[]): Promise<(string | typeof TOO_LONG)[]> =>
  Array.fromAsync(messageLines(streamOf(chunks)))

async function* streamOf(chunks: readonly (string | Buffer)[]) {
  for (const chunk of chunks) yield chunk
}

test('lines are whole however they are cut, blank ones are left out, the last needs no end', async () => {
  const text = '{"a":1}\n\r\n  \n{"b":"é✓"}\r\n{"c":3}'
  const whole = ['{"a":1}', '{"b":"é✓"}\r', '{"c":3}']
  expect(await linesOf(text)).toEqual(whole)
  const bytes = Buffer.from(text)
  expect(await linesOf(...Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(whole)
})

test('a line that is too long is left out, and those around it come', async () => {
  const mib = 'x'.repeat(1024 * 1024)
  const long = Array.from({ length: 17 }, () => mib)
  expect(await linesOf('a\n', ...long, '\nb\n', ...long)).toEqual(['a', TOO_LONG, 'b', TOO_LONG])
  const fits = Array.from({ length: 16 }, () => mib)
  expect(await linesOf(...fits, '\nb')).toEqual([fits.join(''), 'b'])
})
