import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { OperationContext } from '@alkdev/operations'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { devOperations } from './index.ts'

let folder: string
let outside: string
let operations: Map<string, (input: unknown, context: OperationContext) => unknown>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dev-spoke-'))
  outside = mkdtempSync(join(tmpdir(), 'dev-spoke-outside-'))
  writeFileSync(join(outside, 'secret.txt'), 'outside')
  writeFileSync(join(folder, 'README.md'), '# Hello ✓\n')
  const list = await devOperations({ folder, allowShell: true })
  operations = new Map(
    list.map((op) => [
      `${op.namespace}.${op.name}`,
      op.handler as (input: unknown, context: OperationContext) => unknown,
    ]),
  )
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(outside, { recursive: true, force: true })
})

async function call(
  name: string,
  input: unknown,
  context: OperationContext = {},
): Promise<unknown> {
  return operations.get(name)?.(input, context)
}
const items = (name: string, input: unknown, context: OperationContext = {}) =>
  operations.get(name)?.(input, context) as AsyncGenerator<{
    stream?: string
    data?: string
    exitCode?: number
  }>
const denied = expect.objectContaining({ code: 'ACCESS_DENIED' }) as unknown

test('a text file is read as UTF-8 and anything else as base64', async () => {
  expect(await call('fs.read', { path: 'README.md' })).toEqual({
    path: 'README.md',
    content: '# Hello ✓\n',
    encoding: 'utf8',
    sizeBytes: 12,
  })
  writeFileSync(join(folder, 'image'), Buffer.from([0xff, 0, 1]))
  expect(await call('fs.read', { path: 'image' })).toMatchObject({
    content: '/wAB',
    encoding: 'base64',
  })
})

test('a long file is read on at nextOffset and no character is cut', async () => {
  writeFileSync(join(folder, 'long'), '✓'.repeat(1000))
  let text = ''
  let offset: number | undefined = 0
  while (offset !== undefined) {
    const part = (await call('fs.read', { path: 'long', offset, length: 100 })) as {
      content: string
      encoding: string
      nextOffset?: number
    }
    expect(part.encoding).toBe('utf8')
    text += part.content
    offset = part.nextOffset
  }
  expect(text).toBe('✓'.repeat(1000))
})

test.each([
  ['..', '../x'],
  ['an absolute path', '/etc/passwd'],
  ["the hub's folder", '.alkhub/admin.key'],
  ["the hub's folder in other letters", '.ALKHUB/admin.key'],
  ["a compose stack's secrets", 'secrets/master.key'],
])('reading by %s is refused', async (_name, path) => {
  mkdirSync(join(folder, '.alkhub'), { recursive: true })
  writeFileSync(join(folder, '.alkhub/admin.key'), 'alk_x')
  await expect(call('fs.read', { path })).rejects.toEqual(denied)
})

test('links that lead out of the folder are refused, for a file and for a folder on the way', async () => {
  symlinkSync(join(outside, 'secret.txt'), join(folder, 'link'))
  symlinkSync(outside, join(folder, 'way'))
  await expect(call('fs.read', { path: 'link' })).rejects.toEqual(denied)
  await expect(call('fs.read', { path: 'way/secret.txt' })).rejects.toEqual(denied)
  await expect(call('fs.write', { path: 'way/new.txt', content: 'x' })).rejects.toEqual(denied)
  await expect(call('fs.write', { path: 'link', content: 'x' })).rejects.toEqual(denied)
  await expect(call('fs.list', { path: 'way' })).rejects.toEqual(denied)
  expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe('outside')
})

test('a link inside the folder is followed for reading', async () => {
  symlinkSync('README.md', join(folder, 'link'))
  expect(await call('fs.read', { path: 'link' })).toMatchObject({ content: '# Hello ✓\n' })
})

test('writing makes folders, replaces, refuses an existing file in mode create, and anything below .git', async () => {
  expect(await call('fs.write', { path: 'a/b/c.txt', content: 'long text' })).toEqual({
    path: 'a/b/c.txt',
    sizeBytes: 9,
  })
  await call('fs.write', { path: 'a/b/c.txt', content: 'x' })
  expect(readFileSync(join(folder, 'a/b/c.txt'), 'utf8')).toBe('x')
  await expect(
    call('fs.write', { path: 'a/b/c.txt', content: '', mode: 'create' }),
  ).rejects.toMatchObject({ code: 'CONFLICT' })
  mkdirSync(join(folder, '.git/hooks'), { recursive: true })
  await expect(call('fs.write', { path: '.git/hooks/pre-commit', content: 'x' })).rejects.toEqual(
    denied,
  )
  symlinkSync('.git', join(folder, 'git-link'))
  await expect(call('fs.write', { path: 'git-link/config', content: 'x' })).rejects.toEqual(denied)
  await expect(call('fs.write', { path: '.git/new/x', content: 'x' })).rejects.toEqual(denied)
})

test('listing hides the hub folder and names kinds', async () => {
  mkdirSync(join(folder, '.alkhub'))
  mkdirSync(join(folder, 'src'))
  symlinkSync('README.md', join(folder, 'link'))
  expect(await call('fs.list', {})).toEqual({
    path: '.',
    entries: [
      { name: 'README.md', type: 'file' },
      { name: 'link', type: 'link' },
      { name: 'src', type: 'folder' },
    ],
    truncated: false,
  })
  await expect(call('fs.read', { path: 'nothing' })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
})

test('a named pipe does not make reading wait', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')])
  await expect(call('fs.read', { path: 'pipe' })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
})

test('search finds literal text, stops at the limit and passes over other folders', async () => {
  mkdirSync(join(folder, 'src'))
  mkdirSync(join(folder, 'node_modules'))
  writeFileSync(join(folder, 'src/a.ts'), 'one\ntwo (x)\nTWO (X)\n')
  writeFileSync(join(folder, 'node_modules/b.ts'), 'two (x)\n')
  symlinkSync(outside, join(folder, 'way'))
  expect(await call('fs.search', { text: 'two (x)' })).toEqual({
    matches: [{ path: 'src/a.ts', line: 2, text: 'two (x)' }],
    filesSearched: 2,
    truncated: false,
  })
  expect(await call('fs.search', { text: 'two', ignoreCase: true, limit: 1 })).toMatchObject({
    truncated: true,
  })
  expect(await call('fs.search', { text: 'two', glob: '*.md' })).toMatchObject({ matches: [] })
})

test('git status, diff and worktrees work, and nothing the repository brings is run', async () => {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'pipe' })
  git('init', '-q', '-b', 'main')
  git('config', 'user.email', 'a@b.c')
  git('config', 'user.name', 'a')
  git('add', '.')
  git('commit', '-qm', 'first')
  const trap = join(folder, 'ran')
  writeFileSync(join(folder, '.git/hooks/post-checkout'), `#!/bin/sh\ntouch ${trap}\n`, {
    mode: 0o755,
  })
  git('config', 'core.fsmonitor', `touch ${trap}; false`)
  git('config', 'diff.external', `touch ${trap}`)
  writeFileSync(join(folder, 'README.md'), '# Changed\n')
  writeFileSync(join(folder, 'new file.txt'), '')
  expect(await call('git.status', {})).toMatchObject({
    branch: 'main',
    files: [
      { path: 'README.md', index: '.', worktree: 'M' },
      { path: 'new file.txt', index: '?', worktree: '?' },
    ],
  })
  expect(await call('git.diff', {})).toMatchObject({ diff: expect.stringContaining('+# Changed') })
  expect(await call('git.worktreeCreate', { name: 'task-1' })).toMatchObject({
    path: '.worktrees/task-1',
    branch: 'task-1',
  })
  expect(await call('git.status', { worktree: 'task-1' })).toMatchObject({
    branch: 'task-1',
    files: [],
  })
  expect(await call('fs.read', { path: '.worktrees/task-1/README.md' })).toMatchObject({
    content: '# Hello ✓\n',
  })
  expect(await call('git.worktreeRemove', { name: 'task-1' })).toEqual({
    path: '.worktrees/task-1',
  })
  await expect(call('git.worktreeRemove', { name: 'task-1' })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
  await expect(call('fs.read', { path: 'ran' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test('the shell streams its output and ends with the exit code, in a bare environment', async () => {
  const seen: unknown[] = []
  for await (const item of items('shell.run', { command: 'echo out; echo err >&2; env; exit 3' }))
    seen.push(item)
  const text = seen.map((item) => (item as { data?: string }).data ?? '').join('')
  expect(text).toContain('out')
  expect(text).toContain('err')
  expect(text).not.toContain('NODE')
  expect(seen.at(-1)).toEqual({ exitCode: 3, signal: null, timedOut: false })
})

test('an aborted shell call kills the whole process group', async () => {
  const controller = new AbortController()
  const mark = join(folder, 'mark')
  const running = items(
    'shell.run',
    { command: `(sleep 1; touch ${mark}) & echo started; wait` },
    { signal: controller.signal },
  )
  expect((await running.next()).value).toMatchObject({ data: 'started\n' })
  controller.abort(new Error('enough'))
  await expect(running.next()).rejects.toThrow('enough')
  await wait(1500)
  await expect(call('fs.read', { path: 'mark' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test('a shell command that takes too long is stopped and says so', async () => {
  const seen: unknown[] = []
  for await (const item of items('shell.run', { command: 'sleep 60', timeoutMs: 100 }))
    seen.push(item)
  expect(seen.at(-1)).toMatchObject({ timedOut: true, signal: 'SIGTERM' })
})

test('a process left in the background does not keep the call open', async () => {
  const seen: unknown[] = []
  for await (const item of items('shell.run', { command: 'sleep 30 & echo done' })) seen.push(item)
  expect(seen.at(-1)).toMatchObject({ exitCode: 0 })
}, 10_000)

test('an error of the system reaches the caller without a path of this machine', async () => {
  // A link that leads nowhere where a folder is to be made.
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: folder })
  symlinkSync(join(outside, 'nothing'), join(folder, '.worktrees'))
  const error = await call('git.worktreeCreate', { name: 'x' }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: expect.any(String) as unknown })
  expect((error as Error).message).not.toMatch(/dev-spoke-|\/tmp/)
})

test('without leave there is no shell', async () => {
  const list = await devOperations({ folder, allowShell: false })
  expect(list.map((op) => `${op.namespace}.${op.name}`)).not.toContain('shell.run')
  expect(list.every((op) => op.pool === false)).toBe(true)
})
