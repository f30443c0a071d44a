import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OperationContext } from '@alkdev/operations'
import { assert, asyncProperty, constantFrom, record, subarray } from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { devOperations } from '../index.ts'
import {
  bareLookAlike,
  buildHostile,
  git,
  layouts,
  markerOf,
  places,
  vectors,
} from './fixtures/hostile-repository.ts'
import type { HostileCase } from './fixtures/hostile-repository.ts'

let base: string
let folder: string
let marker: string

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'hostile-')))
  marker = markerOf(base)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

function build(wanted: HostileCase): void {
  folder = buildHostile(base, wanted)
}

async function call(name: string, input: unknown, context: OperationContext = {}) {
  const operations = await devOperations({ folder, allowShell: false })
  const operation = operations.find((op) => `${op.namespace}.${op.name}` === name)
  const handler = operation?.handler as (input: unknown, context: OperationContext) => unknown
  return handler(input, context)
}

const hostile = record({
  names: subarray(Object.keys(vectors), { minLength: 4 }),
  place: constantFrom(...places),
  attributes: constantFrom('tree' as const, 'info' as const, 'setting' as const),
  layout: constantFrom(...layouts),
})

test('no program that a repository names in any way is run by any git operation', async () => {
  await assert(
    asyncProperty(hostile, async (wanted) => {
      build(wanted)
      expect(existsSync(marker), 'building must run nothing').toBe(false)
      const status = await call('git.status', {})
      expect(status).toMatchObject({ branch: 'main' })
      expect(JSON.stringify(status)).toContain('a.txt')
      for (const input of [{}, { staged: true }, { against: 'HEAD' }, { path: 'a.txt' }])
        await call('git.diff', input)
      expect(await call('git.diff', { worktree: 'side' })).toMatchObject({
        diff: expect.stringContaining('+two') as unknown,
      })
      await call('git.status', { worktree: 'side' })
      await call('git.worktreeCreate', { name: 'new' })
      expect(await call('git.status', { worktree: 'new' })).toMatchObject({ branch: 'new' })
      await call('git.log', { path: 'a.txt' })
      await call('git.repository', {})
      expect(await call('git.worktreeList', {})).toMatchObject({
        worktrees: [{ name: 'new' }, { name: 'side' }],
      })
      for (const worktree of [{}, { worktree: 'side' }]) {
        const saved = { session: 's', step: `before-${worktree.worktree ?? 'main'}`, ...worktree }
        const { tree } = (await call('git.checkpoint', saved)) as { tree: string }
        await call('fs.write', { path: 'new.txt', content: 'x', ...worktree })
        await call('fs.write', { path: 'a.txt', content: 'three', ...worktree })
        expect(await call('git.restore', saved)).toMatchObject({ tree })
        await call('git.commit', { message: 'all', ...worktree })
      }
      await call('git.rebase', { worktree: 'side', onto: 'main' })
      await call('git.rebase', { worktree: 'new', onto: 'side' })
      await call('git.worktreeRemove', { name: 'new', force: true })
      expect(existsSync(marker)).toBe(false)
    }),
    { numRuns: 4, seed: 9, endOnFailure: true },
  )
}, 120_000)

test.each([
  ['fsmonitor', 'config', 'plain', 'status'],
  ['fsmonitor', 'included', 'plain', 'status'],
  ['fsmonitor', 'worktreeConfig', 'plain', 'status'],
  ['clean', 'includedIf', 'plain', 'diff'],
  ['textconv', 'config', 'plain', 'diff'],
  ['bareAgain', 'config', 'submodule', 'status'],
  ['bareAgain', 'config', 'hooks', 'commit'],
] as const)(
  'plain git runs what the trap %s in %s (layout %s) names, so the property test can fail',
  (name, place, layout, command) => {
    build({ names: [name], place, attributes: 'tree', layout })
    try {
      git(folder, command)
    } catch {
      // What the trap answers may be no answer for git.
    }
    expect(existsSync(marker)).toBe(true)
  },
)

test.each(['.worktrees/evil', '.worktrees/evil/.git'])(
  'a look-alike of a repository at %s is no worktree, and nothing in it is run',
  async (at) => {
    build({ names: ['bareAgain'], place: 'config', attributes: 'info', layout: 'plain' })
    mkdirSync(join(folder, '.worktrees/evil'), { recursive: true })
    bareLookAlike(base, join(folder, at), folder)
    for (const name of ['git.status', 'git.diff'])
      await expect(call(name, { worktree: 'evil' })).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
      })
    await expect(call('git.worktreeRemove', { name: 'evil', force: true })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
    expect(existsSync(join(folder, at))).toBe(true)
    expect(existsSync(marker)).toBe(false)
  },
)

test('the folder itself must hold the repository: a bare look-alike, and a repository above, are refused', async () => {
  folder = join(base, 'bare')
  bareLookAlike(base, folder, '.')
  await expect(call('git.status', {})).rejects.toMatchObject({ code: 'EXECUTION_ERROR' })
  git(base, 'init', '-q')
  folder = join(base, 'below')
  mkdirSync(folder)
  await expect(call('git.status', {})).rejects.toMatchObject({
    code: 'EXECUTION_ERROR',
    details: { reason: 'no-repository' },
  })
  expect(existsSync(marker)).toBe(false)
})

test('a .git or core.worktree that leads elsewhere is refused', async () => {
  const other = join(base, 'other')
  git(base, 'init', '-q', '-b', 'main', other)
  folder = join(base, 'served')
  mkdirSync(folder)
  writeFileSync(join(folder, '.git'), `gitdir: ${other}/.git\n`)
  const refused = { code: 'ACCESS_DENIED' }
  await expect(call('git.status', {})).rejects.toMatchObject(refused)
  rmSync(join(folder, '.git'))
  symlinkSync(join(other, '.git'), join(folder, '.git'))
  await expect(call('git.status', {})).rejects.toMatchObject(refused)
  rmSync(join(folder, '.git'))
  git(folder, 'init', '-q', '-b', 'main')
  git(folder, 'config', 'core.worktree', other)
  await expect(call('git.status', {})).rejects.toMatchObject(refused)
  git(folder, 'config', '--unset', 'core.worktree')
  rmSync(join(folder, '.git/objects'), { recursive: true })
  symlinkSync(join(other, '.git/objects'), join(folder, '.git/objects'))
  await expect(call('git.status', {})).rejects.toMatchObject(refused)
  rmSync(join(folder, '.git/objects'))
  mkdirSync(join(folder, '.git/objects/info'), { recursive: true })
  writeFileSync(join(folder, '.git/objects/info/alternates'), `${other}/.git/objects\n`)
  await expect(call('git.status', {})).rejects.toMatchObject(refused)
})

test('a served folder that is itself a worktree of another repository works', async () => {
  const other = join(base, 'other')
  git(base, 'init', '-q', '-b', 'main', other)
  git(other, 'commit', '-q', '--allow-empty', '-m', 'first')
  folder = join(base, 'linked')
  git(other, 'worktree', 'add', '-q', '-b', 'linked', folder)
  writeFileSync(join(folder, 'x'), 'x')
  expect(await call('git.status', {})).toMatchObject({ branch: 'linked', files: [{ path: 'x' }] })
  await call('git.worktreeCreate', { name: 'below' })
  expect(git(join(folder, '.worktrees/below'), 'status', '-sb')).toBe('## below\n')
  await call('git.worktreeRemove', { name: 'below' })
  expect(git(other, 'worktree', 'list', '--porcelain')).not.toContain('below')
})

test('the upstream and the identity that the repository names are still known', async () => {
  build({ names: ['bareAgain'], place: 'config', attributes: 'info', layout: 'plain' })
  git(folder, 'update-ref', 'refs/remotes/origin/main', 'HEAD')
  git(folder, 'remote', 'add', 'origin', 'https://example.com/x.git')
  git(folder, 'branch', '--set-upstream-to=origin/main')
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'second')
  expect(await call('git.status', {})).toMatchObject({ upstream: 'origin/main', ahead: 1 })
})

test("git shows nothing of the hub's own folders, even when they were committed", async () => {
  build({ names: ['bareAgain'], place: 'config', attributes: 'info', layout: 'plain' })
  mkdirSync(join(folder, 'deep/.ALKHUB'), { recursive: true })
  for (const file of ['.alkhub/admin.key', 'secrets/master.key', 'deep/.ALKHUB/x'])
    for (const text of ['alk_old', 'alk_new']) {
      mkdirSync(join(folder, file, '..'), { recursive: true })
      writeFileSync(join(folder, file), text)
      if (text === 'alk_old') git(folder, 'add', '-f', file)
    }
  git(folder, 'commit', '-qm', 'keys')
  writeFileSync(join(folder, '.alkhub/other'), 'alk_third')
  for (const input of [
    {},
    { against: 'HEAD~1' },
    { path: '.alkhub/admin.key' },
    { path: 'deep/.ALKHUB/x' },
    { path: 'secrets' },
  ]) {
    const { diff } = (await call('git.diff', input)) as { diff: string }
    expect(diff).not.toContain('alk_')
  }
  expect(JSON.stringify(await call('git.status', {}))).not.toMatch(/alkhub|secrets/i)
})

test('an index that names files outside of the working tree shows nothing of them', async () => {
  build({ names: ['bareAgain'], place: 'config', attributes: 'info', layout: 'plain' })
  writeFileSync(join(base, 'secret'), 'outside\n')
  mkdirSync(join(folder, 'aa'))
  writeFileSync(join(folder, 'aa/secret'), 'one\n')
  git(folder, 'add', 'aa/secret')
  const index = readFileSync(join(folder, '.git/index'))
  const body = Buffer.from(
    index.subarray(0, -20).toString('latin1').replace('aa/secret', '../secret'),
    'latin1',
  )
  writeFileSync(
    join(folder, '.git/index'),
    Buffer.concat([body, createHash('sha1').update(body).digest()]),
  )
  expect(git(folder, 'diff')).toContain('outside')
  expect(JSON.stringify(await call('git.diff', {}))).not.toContain('outside')
  expect(JSON.stringify(await call('git.status', {}))).not.toContain('secret')
})

test('what git says of a failure names no path of this machine', async () => {
  build({ names: ['bareAgain'], place: 'config', attributes: 'info', layout: 'plain' })
  const failures = [
    ['git.diff', { path: '../x' }],
    ['git.diff', { against: 'nothing' }],
    ['git.worktreeCreate', { name: 'n', base: 'nothing' }],
    ['git.worktreeCreate', { name: 'side' }],
  ] as const
  for (const [name, input] of failures) {
    const error = await call(name, input).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).not.toContain(base)
    expect((error as Error).message).not.toContain(tmpdir())
  }
})
