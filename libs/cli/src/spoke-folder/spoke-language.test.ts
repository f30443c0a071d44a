import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { spokeLanguage } from './spoke-language.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spoke-language-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A folder with a `node` that has this version. */
async function nodeFolder(version: string): Promise<string> {
  const path = join(folder, version)
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'node'), `#!/bin/sh\necho v${version}\n`, { mode: 0o755 })
  return path
}

test.each([
  ['20.20.2', 'js'],
  ['22.17.1', 'js'],
  ['22.18.0', 'ts'],
  ['24.0.0', 'ts'],
])('with Node %s the default language of a spoke is %s', async (version, language) => {
  const chosen = await spokeLanguage(undefined, await nodeFolder(version), '/nowhere')
  expect(chosen.language).toBe(language)
  expect(chosen.note?.includes(version) ?? false).toBe(language === 'js')
})

test('the Node of the clone does not count, because the spoke does not run with it', async () => {
  const [own, machine] = [await nodeFolder('24.21.0'), await nodeFolder('20.20.2')]
  expect((await spokeLanguage(undefined, [own, machine].join(delimiter), own)).language).toBe('js')
})

test('without a Node the default language is TypeScript', async () => {
  expect(await spokeLanguage(undefined, folder, '/nowhere')).toEqual({ language: 'ts' })
})

test.each([
  ['ts', '20.20.2', 'needs Node 22.18 or newer'],
  ['js', '18.19.0', 'needs Node 20.0 or newer'],
] as const)(
  'a chosen language stays, with a note when Node is too old: %s %s',
  async (lang, version, note) => {
    const { language, note: said } = await spokeLanguage(
      lang,
      await nodeFolder(version),
      '/nowhere',
    )
    expect(language).toBe(lang)
    expect(said).toContain(note)
    expect(said).toContain(version)
  },
)

test('Python needs no Node', async () => {
  const chosen = await spokeLanguage('python', await nodeFolder('18.0.0'), '/nowhere')
  expect(chosen).toEqual({ language: 'python' })
})
