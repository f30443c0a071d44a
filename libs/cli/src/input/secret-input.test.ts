import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { memoryIo } from '../testing/memory-io.ts'
import { needSecret, readSecret } from './secret-input.ts'

const question = { what: 'password', flag: 'secret-file', file: undefined }

test('a secret comes from a file or from standard input, without its line end', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-secret-'))
  const file = join(dir.path, 'pw')
  await writeFile(file, 'two\nlines\r\n')
  const { io, stdin } = memoryIo()
  expect(await readSecret(io, { ...question, file })).toBe('two\nlines')
  stdin.end(' spaces stay \n')
  expect(await readSecret(io, { ...question, file: '-' })).toBe(' spaces stay ')
})

test('on a terminal it is asked for and what is typed is not shown', async () => {
  const { io, stdin, out, err } = memoryIo({ terminal: true })
  const asked = readSecret(io, question)
  stdin.write('hidd')
  stdin.write('en\r')
  expect(await asked).toBe('hidden')
  expect(err()).toBe('password: \n')
  expect(out()).toBe('')
})

test('an empty line means none; Ctrl-C and the end of input stop the command', async () => {
  const first = memoryIo({ terminal: true })
  first.stdin.write('\r')
  expect(await readSecret(first.io, question)).toBeUndefined()
  for (const typed of ['abc\u0003', '\u0004']) {
    const { io, stdin } = memoryIo({ terminal: true })
    const asked = readSecret(io, question)
    stdin.write(typed)
    await expect(asked).rejects.toThrow('Nothing was typed.')
  }
})

test('a command that ends while it asks stops asking', async () => {
  const stop = new AbortController()
  const { io } = memoryIo({ terminal: true, signal: stop.signal })
  const asked = readSecret(io, question)
  stop.abort(new Error('SIGTERM'))
  await expect(asked).rejects.toThrow(/abort|SIGTERM/)
})

test('nothing, an empty file, a missing file and too much are sentences that name the fix', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-secret-'))
  const { io } = memoryIo()
  await expect(needSecret(io, question)).rejects.toMatchObject({
    message: 'The password was not given.',
    fix: expect.stringContaining('--secret-file FILE'),
  })
  const file = join(dir.path, 'pw')
  await expect(readSecret(io, { ...question, file })).rejects.toThrow(`${file} can't be read.`)
  await writeFile(file, '\n')
  await expect(readSecret(io, { ...question, file })).rejects.toThrow(`${file} is empty.`)
  await writeFile(file, 'x'.repeat(65_537))
  await expect(readSecret(io, { ...question, file })).rejects.toThrow('is over 64 KiB')
  const { io: other, stdin } = memoryIo()
  stdin.end('x'.repeat(65_537))
  await expect(readSecret(other, { ...question, file: '-' })).rejects.toThrow('longer than 64 KiB')
})
