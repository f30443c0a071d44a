import { execFile } from 'node:child_process'
import { copyFile, mkdtempDisposable, readdir, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const launcher = fileURLToPath(new URL('../../../alkhub', import.meta.url))
const run = (file: string, cwd: string) => promisify(execFile)(file, ['--version'], { cwd })

test('a copy of the launcher outside of a clone says so, and fetches nothing', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-launcher-'))
  const copy = join(dir.path, 'alkhub')
  await copyFile(launcher, copy)
  await expect(run(copy, dir.path)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not a clone of the hub'),
  })
  expect(await readdir(dir.path)).toEqual(['alkhub'])
})

test('a link to the launcher works in any folder', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-launcher-'))
  const link = join(dir.path, 'alkhub')
  await symlink(launcher, link)
  expect((await run(link, dir.path)).stdout).toMatch(/\d+\.\d+\.\d+/)
})
