import { chmod, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { findCompose, requireContainers, requireImage } from './compose.ts'

/** A folder on the PATH with programs of these names, each of which notes its arguments in the file `calls`. */
async function withPrograms(programs: Readonly<Record<string, string>>) {
  const dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-compose-'))
  const calls = join(dir.path, 'calls')
  await writeFile(calls, '')
  for (const [name, body] of Object.entries(programs)) {
    const file = join(dir.path, name)
    // oxlint-disable-next-line no-await-in-loop -- two at most
    await writeFile(file, `#!/bin/sh\necho ${name} "$@" >> ${calls}\n${body}\n`)
    // oxlint-disable-next-line no-await-in-loop -- two at most
    await chmod(file, 0o755)
  }
  vi.stubEnv('PATH', `${dir.path}${delimiter}${process.env['PATH'] ?? ''}`)
  return {
    path: dir.path,
    calls: async () => (await readFile(calls, 'utf8')).trim().split('\n'),
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs()
      await dir.remove()
    },
  }
}

const signal = new AbortController().signal
const ONLY_VERSION_1 = '[ "$1" = compose ] && exit 1'

test('a backup of containers that are not there is refused, and nothing is built', async () => {
  await using programs = await withPrograms({
    docker: ONLY_VERSION_1,
    'docker-compose': 'exit 0',
  })
  const compose = await findCompose(programs.path)
  await expect(requireContainers(compose)).rejects.toThrow('has no container here')
  expect((await programs.calls()).slice(2)).toEqual(['docker-compose ps -q postgres'])
})

test('an engine that does not answer is named by what Compose says last', async () => {
  await using programs = await withPrograms({
    docker: 'if [ "$2" = ps ]; then echo one >&2; echo Cannot connect >&2; exit 1; fi',
  })
  const compose = await findCompose(programs.path)
  await expect(requireContainers(compose)).rejects.toThrow('Cannot connect')
})

test('an image that is not there is built before a program of it runs', async () => {
  await using programs = await withPrograms({
    docker: `${ONLY_VERSION_1}\n[ "$1" = image ] && exit 1\nexit 0`,
    'docker-compose': 'exit 0',
  })
  await requireImage(await findCompose(programs.path), signal)
  expect((await programs.calls()).slice(2)).toEqual([
    'docker image inspect alkhub:local',
    'docker-compose build migrate',
  ])
})

test('an image that is there is not built; it has the name of docker-compose.yml', async () => {
  await using programs = await withPrograms({ docker: 'exit 0' })
  await requireImage(await findCompose(programs.path), signal)
  expect(await programs.calls()).toEqual([
    'docker compose version',
    'docker image inspect alkhub:local',
  ])
  const file = new URL('../../../../docker-compose.yml', import.meta.url)
  expect(await readFile(file, 'utf8')).toContain('image: alkhub:local\n')
})
