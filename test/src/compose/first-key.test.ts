import { execFile } from 'node:child_process'
import { chmod, mkdtempDisposable, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = join(import.meta.dirname, '../../../docker/first-key')

/** An empty folder, and an engine that prints a key, or fails without one. */
async function start(engine: 'prints' | 'fails') {
  const dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-first-key-'))
  const bin = await mkdtempDisposable(join(tmpdir(), 'alkhub-first-key-'))
  const docker = join(bin.path, 'docker')
  const made = `[ "$2" = version ] || echo "alk_$*"`
  await writeFile(docker, `#!/bin/sh\n${engine === 'prints' ? made : '[ "$2" = version ]'}\n`)
  await chmod(docker, 0o755)
  return {
    folder: dir.path,
    run: (...words: string[]) =>
      promisify(execFile)(program, words, {
        cwd: dir.path,
        env: { PATH: `${bin.path}:/usr/bin:/bin` },
      }),
    async [Symbol.asyncDispose]() {
      await dir[Symbol.asyncDispose]()
      await bin[Symbol.asyncDispose]()
    },
  }
}

test('the first key is written to a file that its owner alone reads', async () => {
  await using at = await start('prints')
  await at.run()
  const file = join(at.folder, 'admin.key')
  expect(await readFile(file, 'utf8')).toMatch(/^alk_compose run .*programs\/first-key\.js\n$/)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  await at.run('--force', 'other.key')
  expect(await readFile(join(at.folder, 'other.key'), 'utf8')).toMatch(/ --force\n$/)
  expect((await readdir(at.folder)).toSorted()).toEqual(['admin.key', 'other.key'])
})

test('a file that is there is not replaced', async () => {
  await using at = await start('prints')
  await writeFile(join(at.folder, 'admin.key'), 'alk_former\n')
  await expect(at.run('--force')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('admin.key is there already'),
  })
  expect(await readFile(join(at.folder, 'admin.key'), 'utf8')).toBe('alk_former\n')
})

test('when no key is made no file is left', async () => {
  await using at = await start('fails')
  await expect(at.run()).rejects.toMatchObject({ code: 1 })
  expect(await readdir(at.folder)).toEqual([])
})
