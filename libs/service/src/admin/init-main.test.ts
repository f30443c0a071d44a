import { execFile } from 'node:child_process'
import { mkdtempDisposable, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { initFiles } from '@alkdev/config'
import { expect, test } from 'vitest'
import { FIRST_KEY_COMMAND } from './first-key-hint.ts'
import { firstSteps } from './first-steps.ts'

const program = fileURLToPath(new URL('init-main.ts', import.meta.url))

const init = (...words: string[]) => promisify(execFile)(process.execPath, [program, ...words])

test('the program of the init container makes the secrets once', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-init-main-'))
  const secrets = join(dir.path, 'secrets')
  expect((await init('', secrets)).stdout).toContain(`Made ${initFiles().length} files`)
  expect((await readdir(secrets)).toSorted()).toEqual(initFiles().toSorted())
  expect((await init('', secrets)).stdout).toContain('nothing was changed')
})

test('it makes none when .env says that they are in a folder', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-init-main-'))
  const failure = await init('./secrets', join(dir.path, 'secrets')).catch(
    (error: unknown) => error,
  )
  expect(failure).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Run `./alkhub config init --compose`'),
  })
  expect(await readdir(dir.path)).toEqual([])
})

test('the last lines of a start name the address, the console, and the first key while there is none', () => {
  const first = firstSteps('http://127.0.0.1:4000', false)
  expect(first).toContain(FIRST_KEY_COMMAND)
  expect(first).toContain('http://127.0.0.1:4000/console')
  const later = firstSteps('http://127.0.0.1:4000', true)
  expect(later).not.toContain(FIRST_KEY_COMMAND)
  expect(later).toContain('http://127.0.0.1:4000/console')
})
