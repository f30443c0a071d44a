import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { spokeNameFor, writeSpokeFolder } from './spoke-folder.ts'

test.each([
  ['/home/ada/my-spoke', 'my-spoke'],
  ['/home/ada/My Laptop!', 'my-laptop'],
  ['/home/ada/_private', 'private'],
  ['/home/ada/äö', 'spoke'],
  [`/${'x'.repeat(80)}`, 'x'.repeat(63)],
])('the spoke of the folder %s is called %s', (folder, name) => {
  expect(spokeNameFor(folder)).toBe(name)
})

test('every file is written without a placeholder, and a second time is refused', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'spoke-folder-'))
  const tarball = join(parent, 'spoke-0.1.0.tgz')
  await writeFile(tarball, 'a tarball')
  try {
    for (const language of ['ts', 'js', 'python'] as const) {
      const folder = join(parent, language)
      const input = {
        folder,
        name: 'me',
        language,
        hub: 'http://hub:3000/',
        tarball: () => Promise.resolve(tarball),
      }
      await writeSpokeFolder(input)
      const entries = await readdir(folder, { withFileTypes: true })
      for (const entry of entries.filter((each) => each.isFile()))
        expect(await readFile(join(folder, entry.name), 'utf8')).not.toMatch(/__[A-Z]+__/)
      expect(await readFile(join(folder, '.gitignore'), 'utf8')).toContain('*.key')
      const npmrc = await readFile(join(folder, '.npmrc'), 'utf8').catch(() => undefined)
      expect(npmrc).toBe(language === 'python' ? undefined : 'engine-strict=true\n')
      await expect(writeSpokeFolder(input)).rejects.toThrow('is not empty')
    }
    const file = { folder: tarball, name: 'me', language: 'js' as const, hub: 'http://hub' }
    const asFolder = writeSpokeFolder({ ...file, tarball: () => Promise.resolve(tarball) })
    await expect(asFolder).rejects.toThrow('is a file')
  } finally {
    await rm(parent, { recursive: true })
  }
})
