import { mkdtempDisposable, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LogFile } from './log-file.ts'

const folder = () => mkdtempDisposable(join(tmpdir(), 'alkhub-log-'))

test('a log continues where an earlier run ended, for its owner alone', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'x.log')
  new LogFile(path).write('one\n')
  new LogFile(path).write(Buffer.from('two ✓\n'))
  expect(await readFile(path, 'utf8')).toBe('one\ntwo ✓\n')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('beyond its size a log becomes the earlier one, also when it was that large before', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'x.log')
  const log = new LogFile(path, 10)
  for (const line of ['one', 'two', 'three', 'four']) log.write(`${line}\n`)
  expect(await readFile(`${path}.1`, 'utf8')).toBe('one\ntwo\nthree\n')
  expect(await readFile(path, 'utf8')).toBe('four\n')
  log.write('five\n')
  new LogFile(path, 10).write('six\n')
  expect(await readFile(`${path}.1`, 'utf8')).toBe('four\nfive\n')
  expect(await readFile(path, 'utf8')).toBe('six\n')
})

test('a log whose folder is gone loses lines and throws nothing', async () => {
  const dir = await folder()
  const log = new LogFile(join(dir.path, 'x.log'), 4)
  await rm(dir.path, { recursive: true })
  expect(() => ['one\n', 'two\n', 'three\n'].map((line) => log.write(line))).not.toThrow()
})

test('a log is renamed at the end of a line', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'x.log')
  const log = new LogFile(path, 10)
  for (const text of ['one\ntwo\nthr', 'ee\nfour\n']) log.write(text)
  expect(await readFile(`${path}.1`, 'utf8')).toBe('one\ntwo\nthree\n')
  expect(await readFile(path, 'utf8')).toBe('four\n')
})
