import { mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeLeftRestores } from './left-restores.ts'

test('what a killed restore prepared is removed, and nothing else', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-left-'))
  const kept = ['config', 'config.before-1796139315942', 'postgres', 'restore-hub.backup', 'logs']
  for (const name of [...kept, 'restore-b66iig', 'postgres.restore-15559'])
    // oxlint-disable-next-line no-await-in-loop -- some folders
    await mkdir(join(dir.path, name))
  await writeFile(join(dir.path, 'restore-b66iig/admin.key'), 'alk_1')
  await removeLeftRestores(dir.path)
  expect((await readdir(dir.path)).toSorted()).toEqual(kept.toSorted())
  await removeLeftRestores(join(dir.path, 'not-there'))
})
