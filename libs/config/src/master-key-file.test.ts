import { chmod, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { readMasterKey } from './master-key-file.ts'

const folder = () => mkdtempDisposable(join(tmpdir(), 'alkhub-master-'))

async function failureOf(path: string): Promise<OperatorError> {
  const error = await readMasterKey(path).catch((thrown: unknown) => thrown)
  if (!(error instanceof OperatorError)) throw new Error('no OperatorError')
  return error
}

test('a master key file that is there and unusable is never to be replaced by a new key', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'master.key')
  await writeFile(path, 'short')
  const unusable = await failureOf(path)
  expect(unusable.fix).toContain('backup')
  expect(unusable.fix).not.toContain('config init')
  // Root can read every file; only a folder can't be read as a file.
  const closed = join(dir.path, 'closed.key')
  if (process.getuid?.() === 0) await mkdir(closed)
  else {
    await writeFile(closed, 'x')
    await chmod(closed, 0o000)
  }
  const unreadable = await failureOf(closed)
  expect(unreadable.fix).toContain(`read ${closed}`)
  expect(unreadable.fix).not.toContain('config init')
})

test('a master key file that is not there may be made, where nothing is sealed yet', async () => {
  expect((await failureOf('/nowhere/master.key')).fix).toMatch(/nothing is sealed.*config init/)
})
