import { expect, test } from 'vitest'
import { messageLines } from './message-lines.ts'

const linesOf = async (...chunks: (string | Buffer)[]): Promise<string[]> =>
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

test('a line without end ends the relay instead of filling its memory', async () => {
  const piece = 'x'.repeat(1024 * 1024)
  await expect(linesOf(...Array.from({ length: 17 }, () => piece))).rejects.toThrow('16 MiB')
})
