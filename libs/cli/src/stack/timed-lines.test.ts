import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readLogLine } from '../logs/log-line.ts'
import { LogFile } from './log-file.ts'
import { TimedLines } from './timed-lines.ts'

const json = '{"level":30,"time":1,"msg":"as it is ✓"}'

/** What is in the log after chunks of output. */
async function written(stream: 'stdout' | 'stderr', chunks: readonly Buffer[]): Promise<string[]> {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-timed-'))
  const path = join(dir.path, 'x.log')
  const lines = new TimedLines(new LogFile(path), stream)
  for (const chunk of chunks) lines.write(chunk)
  lines.end()
  return (await readFile(path, 'utf8')).trimEnd().split('\n')
}

test('JSON lines are written as they are, wherever the output is cut', async () => {
  const bytes = Buffer.from(`${json}\n${json}\n`)
  for (let at = 0; at <= bytes.length; at += 1)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await written('stdout', [bytes.subarray(0, at), bytes.subarray(at)])).toEqual([
      json,
      json,
    ])
})

test('other lines get the time at which they came, and a level', async () => {
  const before = Date.now()
  const texts = ['Attached as laptop.', 'Warning: old', "Error: Cannot find module 'x'", '{half']
  const read = async (stream: 'stdout' | 'stderr') =>
    (await written(stream, [Buffer.from(texts.join('\n'))])).map((line) => readLogLine('x', line))
  const said = await read('stdout')
  expect(said.map(({ message }) => message)).toEqual(texts)
  expect(said.map(({ level }) => level)).toEqual(['info', 'info', 'info', undefined])
  for (const { time } of said.slice(0, 3)) {
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(Date.now())
  }
  const levels = (await read('stderr')).map(({ level }) => level)
  expect(levels).toEqual(['warn', 'warn', 'error', undefined])
})

test('a line without an end is written when the output ends, a long one in pieces before', async () => {
  const large = Buffer.from('x'.repeat(300 * 1024))
  const lines = await written('stdout', [large, Buffer.from('y')])
  expect(lines.map((line) => readLogLine('x', line).message)).toEqual([large.toString(), 'y'])
})
