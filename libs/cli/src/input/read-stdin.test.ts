import { expect, test } from 'vitest'
import { UsageError } from '../failure.ts'
import { memoryIo } from '../testing/memory-io.ts'
import { readStdin } from './read-stdin.ts'

test('a character whose bytes arrive in two chunks is read as one', async () => {
  const { io, stdin } = memoryIo()
  const bytes = Buffer.from('{"name":"Jürgen €"}')
  const cut = bytes.indexOf(0xbc)
  stdin.write(bytes.subarray(0, cut))
  stdin.end(bytes.subarray(cut))
  expect(await readStdin(io, 'input', 100)).toBe('{"name":"Jürgen €"}')
})

test('an input beyond the limit is refused with its name and the limit', async () => {
  const { io, stdin } = memoryIo()
  stdin.end('x'.repeat(2049))
  const reading = readStdin(io, 'prompt', 2048)
  await expect(reading).rejects.toThrow(UsageError)
  await expect(reading).rejects.toThrow('The prompt is longer than 2 KiB.')
})
