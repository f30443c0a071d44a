import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeRepository } from './testing/make-repository.ts'
import type { Served } from './testing/make-repository.ts'

let served: Served
let side: string
beforeAll(async () => {
  served = await makeRepository()
  await served.call('git.worktreeCreate', { name: 'side' })
  side = join(served.folder, '.worktrees/side')
})
afterAll(() => served[Symbol.dispose]())

const worktree = 'side'
const denied = { code: 'ACCESS_DENIED' }

test('every operation that works in a place names the member that holds its worktree', () => {
  const without = served.operations
    .filter(({ _meta }) => _meta?.['alkhub/workspace'] !== '/worktree')
    .map(({ namespace, name }) => `${namespace}.${name}`)
  expect(without.toSorted()).toEqual([
    'git.checkpointList',
    'git.checkpointRemove',
    'git.compare',
    'git.fastForward',
    'git.repository',
    'git.worktreeCreate',
    'git.worktreeList',
    'git.worktreeRemove',
  ])
})

test('files of a worktree are written, read, edited, listed and found there only', async () => {
  await served.call('fs.write', { worktree, path: 'src/b.ts', content: 'two' })
  expect(await served.call('fs.read', { worktree, path: 'src/b.ts' })).toMatchObject({
    path: 'src/b.ts',
    content: 'two',
  })
  await served.call('fs.edit', {
    worktree,
    path: 'src/b.ts',
    edits: [{ oldText: 'two', newText: 'three' }],
  })
  expect(readFileSync(join(side, 'src/b.ts'), 'utf8')).toBe('three')
  expect(await served.call('fs.search', { worktree, text: 'three' })).toMatchObject({
    matches: [{ path: 'src/b.ts', line: 1 }],
  })
  expect(await served.call('fs.glob', { worktree, glob: '**/*.ts' })).toEqual({
    paths: ['src/b.ts'],
    truncated: false,
  })
  expect(await served.call('fs.glob', { glob: '**/*.ts' })).toEqual({ paths: [], truncated: false })
  expect(await served.call('fs.list', { worktree })).toMatchObject({
    entries: expect.arrayContaining([{ name: 'src', type: 'folder' }]) as unknown,
  })
})

test('the shell runs in the worktree', async () => {
  let text = ''
  for await (const item of served.items('shell.run', { worktree, command: 'pwd; echo $HOME' }))
    if (typeof item['data'] === 'string') text += item['data']
  expect(text).toBe(`${side}\n${side}\n`)
})

test.each(['../../a.txt', '../other', '/etc/passwd', 'up/a.txt', 'link'])(
  'the path %s leads out of the worktree and is refused',
  async (path) => {
    try {
      symlinkSync(served.folder, join(side, 'up'))
      symlinkSync(join(served.folder, 'a.txt'), join(side, 'link'))
    } catch {
      // Made by an earlier case.
    }
    await expect(served.call('fs.read', { worktree, path })).rejects.toMatchObject(denied)
    const write = served.call('fs.write', { worktree, path, content: 'x' })
    await expect(write).rejects.toMatchObject(denied)
    const edits = [{ oldText: 'one', newText: 'x' }]
    const edit = served.call('fs.edit', { worktree, path, edits })
    await expect(edit).rejects.toMatchObject(denied)
    expect(readFileSync(join(served.folder, 'a.txt'), 'utf8')).toBe('one\n')
  },
)

test.each(['.git', '.alkhub/x', 'sub/.alkhub/x', '.git/config'])(
  'writing %s in a worktree is refused',
  async (path) => {
    const write = served.call('fs.write', { worktree, path, content: 'x', runsByItself: true })
    await expect(write).rejects.toMatchObject(denied)
  },
)

test('a folder of hooks that the config names counts in the worktree as well', async () => {
  served.git('config', 'core.hooksPath', 'tools')
  mkdirSync(join(side, 'tools'))
  const write = { worktree, path: 'tools/pre-commit', content: 'x' }
  await expect(served.call('fs.write', write)).rejects.toMatchObject(denied)
  await served.call('fs.write', { ...write, runsByItself: true })
  served.git('config', '--unset', 'core.hooksPath')
})

test.each(['missing', 'plain'])('the worktree %s does not exist', async (name) => {
  mkdirSync(join(served.folder, '.worktrees/plain'), { recursive: true })
  writeFileSync(join(served.folder, '.worktrees/plain/a'), '')
  for (const [id, input] of [
    ['fs.read', { path: 'a' }],
    ['fs.write', { path: 'a', content: '' }],
    ['fs.edit', { path: 'a', edits: [{ oldText: 'a', newText: 'b' }] }],
    ['fs.list', {}],
    ['fs.glob', { glob: '*' }],
    ['fs.search', { text: 'a' }],
    ['git.log', {}],
    ['git.commit', { message: 'x' }],
    ['git.checkpoint', { session: 's', step: '1' }],
    ['git.restore', { session: 's', step: '1' }],
    ['git.rebase', { onto: 'main' }],
  ] as const)
    await expect(served.call(id, { ...input, worktree: name })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
})

test('an edit keeps the permissions of the file and changes nothing when one of its texts is missing', async () => {
  writeFileSync(join(served.folder, 'run.sh'), 'a b', { mode: 0o755 })
  const path = 'run.sh'
  await served.call('fs.edit', { path, edits: [{ oldText: 'a', newText: 'c' }] })
  expect(statSync(join(served.folder, path)).mode & 0o777).toBe(0o755)
  const edits = [
    { oldText: 'c', newText: 'd' },
    { oldText: 'missing', newText: '' },
  ]
  const edit = served.call('fs.edit', { path, edits })
  await expect(edit).rejects.toMatchObject({ code: 'CONFLICT', details: { edit: 1 } })
  expect(readFileSync(join(served.folder, path), 'utf8')).toBe('c b')
})

test('the outcome of an interrupted edit is found in the file', async () => {
  const input = { path: 'state', edits: [{ oldText: 'before', newText: 'after' }] }
  writeFileSync(join(served.folder, 'state'), 'x before')
  expect(await served.recover('fs.edit', input)).toBe(undefined)
  const answer = await served.call('fs.edit', input)
  expect(await served.recover('fs.edit', input)).toEqual(answer)
  writeFileSync(join(served.folder, 'state'), 'other')
  await expect(served.recover('fs.edit', input)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
})

test('a repeated write in the mode create gives the same answer', async () => {
  const input = { path: 'new', content: 'x', mode: 'create' }
  const answer = await served.call('fs.write', input)
  expect(await served.call('fs.write', input)).toEqual(answer)
  const other = served.call('fs.write', { ...input, content: 'y' })
  await expect(other).rejects.toMatchObject({ code: 'CONFLICT' })
})
