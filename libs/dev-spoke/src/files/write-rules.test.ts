import { execFileSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OperationContext } from '@alkdev/operations'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { devOperations } from '../index.ts'

let folder: string
let elsewhere: string
let call: (name: string, input: unknown) => Promise<unknown>

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'write-rules-')))
  elsewhere = realpathSync(mkdtempSync(join(tmpdir(), 'write-rules-hub-')))
  const operations = await devOperations({
    folder,
    allowShell: false,
    secretFolders: [elsewhere],
  })
  call = async (name, input) => {
    const operation = operations.find((op) => `${op.namespace}.${op.name}` === name)
    const handler = operation?.handler as (input: unknown, context: OperationContext) => unknown
    return handler(input, {})
  }
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(elsewhere, { recursive: true, force: true })
})

const write = (path: string, more: object = {}) => call('fs.write', { path, content: 'x', ...more })
const denied = { code: 'ACCESS_DENIED' }

test.each([
  ...['.git', '.git/config', '.GIT/config', 'sub/.git/hooks/pre-commit', '.git /config'],
  ...['.git./config', '.git::$INDEX_ALLOCATION/config', 'git~1/config', 'GIT~2/hooks/x'],
  ...[
    '.g\u200cit/config',
    '\ufeff.git/config',
    '.git\u202e/hooks/x',
    '.gi\u206at',
    'gi7eba~1/config',
  ],
  ...['.git\\hooks\\pre-commit', 'sub\\.git\\config'],
  ...['.al\u200ckhub/x', '.ALKHUB./x', '.al\u212ahub/x', 'Secrets /master.key'],
])('fs.write of %j is refused even with runsByItself, and makes nothing', async (path) => {
  await expect(write(path, { runsByItself: true })).rejects.toMatchObject(denied)
  expect(await call('fs.list', {})).toMatchObject({ entries: [] })
})

test.each([
  '.gitignore',
  '.github/workflows/ci.yml',
  'git/config',
  '.gitx',
  'objects/a',
  'HEAD',
  'x~1',
])('fs.write of %s is allowed', async (path) => {
  await expect(write(path)).resolves.toMatchObject({ path })
})

test.each([
  ...['.gitattributes', 'src/.gitattributes', '.gitmodules', '.GitAttributes', '.gitattributes .'],
  ...['.envrc', 'sub/.envrc', '.husky/pre-commit', '.husky/_/h', '.githooks/post-merge', '.bashrc'],
  ...['.pre-commit-config.yaml', 'lefthook.yml', '.lefthook-local.toml', '.config/git/attributes'],
  ...['.mise.toml', '.ssh/authorized_keys', '.zshenv', '.profile'],
  ...['mise.local.toml', 'mise/config.toml', '.direnvrc'],
])('fs.write of %j, which git or a shell obeys by itself, needs runsByItself', async (path) => {
  await expect(write(path)).rejects.toMatchObject({
    ...denied,
    message: expect.stringContaining('runsByItself') as unknown,
  })
  expect(await call('fs.list', {})).toMatchObject({ entries: [] })
  await expect(write(path, { runsByItself: true })).resolves.toMatchObject({ path })
})

test.each([
  [['evil/HEAD', 'evil/objects/x'], 'evil/refs/heads/main'],
  [['evil/refs/x', 'evil/objects/x'], 'evil/HEAD'],
  [['evil/refs/x', 'evil/head'], 'evil/Objects/pack/x'],
  [['a/b/HEAD'], 'a/b/commondir'],
  [['HEAD', 'refs/x'], 'objects/info/x'],
])('after %j a folder cannot be completed to a git folder by %s', async (before, last) => {
  for (const path of before) await write(path)
  await expect(write(last, { runsByItself: true })).rejects.toMatchObject(denied)
  expect(existsSync(join(folder, last, '..'))).toBe(last.endsWith('HEAD') || last.endsWith('dir'))
})

test('two writes at once cannot complete a git folder either', async () => {
  await write('evil/HEAD')
  const results = await Promise.allSettled([write('evil/objects/x'), write('evil/refs/x')])
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

test('nothing in a git folder that is there already can be written', async () => {
  execFileSync('git', ['init', '-q', '--bare', join(folder, 'there')])
  for (const path of ['there/config', 'there/info/attributes', 'there/new/x'])
    await expect(write(path, { runsByItself: true })).rejects.toMatchObject(denied)
  expect(existsSync(join(folder, 'there/new'))).toBe(false)
})

test('links into .git are refused before a folder is made there', async () => {
  mkdirSync(join(folder, '.git/hooks'), { recursive: true })
  symlinkSync('.git', join(folder, 'way'))
  symlinkSync('.git/hooks', join(folder, 'hooks'))
  for (const path of ['way/config', 'way/new/deep/x', 'hooks/pre-commit', 'hooks/a/b'])
    await expect(write(path, { runsByItself: true })).rejects.toMatchObject(denied)
  expect(existsSync(join(folder, '.git/new'))).toBe(false)
  expect(existsSync(join(folder, '.git/hooks/a'))).toBe(false)
})

test('files that the config of the repository runs or includes need runsByItself', async () => {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder })
  git('init', '-q')
  await write('tools/pre-commit')
  await write('scripts/clean.sh')
  git('config', 'core.hooksPath', 'tools')
  git('config', 'include.path', '../settings.inc')
  git('config', 'filter.x.clean', 'sh scripts/clean.sh %f')
  for (const path of ['tools/pre-commit', 'tools/new/x', 'settings.inc', 'scripts/clean.sh']) {
    await expect(write(path)).rejects.toMatchObject(denied)
    await expect(write(path, { runsByItself: true })).resolves.toMatchObject({ path })
  }
  await expect(write('scripts/other.sh')).resolves.toMatchObject({})
})

test('a folder of the working tree that .git/hooks leads to needs runsByItself', async () => {
  mkdirSync(join(folder, '.git'))
  mkdirSync(join(folder, 'shared'))
  symlinkSync('../shared', join(folder, '.git/hooks'))
  await expect(write('shared/pre-commit')).rejects.toMatchObject(denied)
})

test("a hard link to one of the hub's own files is refused, here and in further folders", async () => {
  mkdirSync(join(folder, '.alkhub/config'), { recursive: true })
  writeFileSync(join(folder, '.alkhub/admin.key'), 'alk_1')
  writeFileSync(join(folder, '.alkhub/config/master.key'), 'alk_2')
  writeFileSync(join(elsewhere, 'spoke.key'), 'alk_3')
  const links = ['.alkhub/admin.key', '.alkhub/config/master.key', join(elsewhere, 'spoke.key')]
  for (const [at, file] of links.entries()) {
    linkSync(file.startsWith('/') ? file : join(folder, file), join(folder, `link${at}`))
    await expect(call('fs.read', { path: `link${at}` })).rejects.toMatchObject(denied)
  }
  expect(await call('fs.search', { text: 'alk_' })).toMatchObject({ matches: [] })
})

test('a file with another hard link can be read but not written', async () => {
  writeFileSync(join(folder, 'one'), 'text')
  linkSync(join(folder, 'one'), join(folder, 'two'))
  expect(await call('fs.read', { path: 'two' })).toMatchObject({ content: 'text' })
  await expect(write('two')).rejects.toMatchObject(denied)
  expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('text')
})

test('an absolute path inside the folder is the same as the relative one', async () => {
  await write(join(folder, 'a/b.txt'))
  expect(readFileSync(join(folder, 'a/b.txt'), 'utf8')).toBe('x')
  expect(await call('fs.list', {})).toMatchObject({ entries: [{ name: 'a' }] })
})
