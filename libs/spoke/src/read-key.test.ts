import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readKey } from './index.ts'

let file: string

beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'read-key-')), 'spoke.key')
})
afterAll(() => rm(join(file, '..'), { recursive: true }))

test('the variable takes precedence over the file', async () => {
  await writeFile(file, 'alk_file\n', { mode: 0o600 })
  expect(await readKey({ variable: 'READ_KEY_TEST', file })).toBe('alk_file')
  vi.stubEnv('READ_KEY_TEST', ' alk_variable ')
  try {
    expect(await readKey({ variable: 'READ_KEY_TEST', file })).toBe('alk_variable')
  } finally {
    vi.unstubAllEnvs()
  }
})

test('a file that others can read is refused with the command that fixes it', async () => {
  await chmod(file, 0o644)
  await expect(readKey({ variable: 'READ_KEY_TEST', file })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
    message: `Others can read ${file}: run \`chmod 600 ${file}\`.`,
  })
})

test('a missing and an empty file are refused with a fix', async () => {
  await expect(readKey({ variable: 'READ_KEY_TEST', file: `${file}.none` })).rejects.toMatchObject({
    message: `No key: set READ_KEY_TEST, or put the key into the file ${file}.none (mode 600).`,
  })
  await writeFile(file, '\n', { mode: 0o600 })
  await chmod(file, 0o600)
  await expect(readKey({ variable: 'READ_KEY_TEST', file })).rejects.toMatchObject({
    message: `The key file ${file} is empty.`,
  })
})
