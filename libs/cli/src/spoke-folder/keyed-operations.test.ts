import { execFileSync } from 'node:child_process'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devOperations } from '@alkdev/dev-spoke'
import { keyStore } from '@alkdev/spoke'
import type { SpokeContext } from '@alkdev/spoke'
import { expect, test } from 'vitest'
import { keyedOperations, keyFolder } from './keyed-operations.ts'

type Handler = (input: unknown, context: SpokeContext) => Promise<unknown>

const context = {
  signal: new AbortController().signal,
  idempotencyKey: 'k',
  identity: { id: 'a', scopes: [] },
} as unknown as SpokeContext

test('repeated edits, commits, checkpoints and worktrees with a key have one effect, also after a restart', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-keyed-'))
  await using keys = await mkdtempDisposable(join(tmpdir(), 'alkhub-keys-'))
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: dir.path, stdio: 'pipe' }).toString().trim()
  git('init', '-q', '-b', 'main')
  await writeFile(join(dir.path, 'a'), 'one')
  const inputs = {
    commit: { message: 'first' },
    edit: { path: 'a', edits: [{ oldText: 'one', newText: 'one one' }] },
    checkpoint: { session: 's', step: '1' },
    worktreeCreate: { name: 'w' },
  }
  const answers: unknown[] = []
  for (let start = 0; start < 2; start += 1) {
    await using store = await keyStore(keys.path)
    const operations = keyedOperations(
      await devOperations({ folder: dir.path, allowShell: true }),
      store,
    )
    for (const [name, input] of Object.entries(inputs)) {
      const operation = operations.find((op) => op.name === name)
      if (operation === undefined) throw new Error(`There is no ${name}.`)
      expect(operation).toMatchObject({ retry: 'keyed' })
      expect(operation).not.toHaveProperty('recover')
      answers.push(await (operation.handler as Handler)(input, context))
    }
  }
  expect(answers.slice(4)).toEqual(answers.slice(0, 4))
  expect(await readFile(join(dir.path, 'a'), 'utf8')).toBe('one one')
  expect(git('rev-list', '--count', 'main')).toBe('1')
})

test('the retry classes are those of the effects, and without a store no operation is keyed', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-classes-'))
  const options = { folder: dir.path, allowShell: true }
  const operations = keyedOperations(await devOperations(options), undefined)
  const classes = Object.fromEntries(
    operations
      .filter(({ type }) => type !== 'query')
      .map(({ namespace, name, retry }) => [`${namespace}.${name}`, retry ?? 'never']),
  )
  expect(classes).toEqual({
    'fs.write': 'safe',
    'fs.edit': 'never',
    'git.commit': 'never',
    'git.checkpoint': 'never',
    'git.checkpointRemove': 'safe',
    'git.restore': 'safe',
    'git.rebase': 'never',
    'git.fastForward': 'safe',
    'git.worktreeCreate': 'never',
    'git.worktreeRemove': 'never',
    'shell.run': 'never',
    'process.kill': 'safe',
  })
})

test('each hub, name and folder has keys of its own', () => {
  const spoke = { hub: 'http://a', name: 'n', folder: '/f' }
  const folders = [
    spoke,
    { ...spoke, hub: 'b' },
    { ...spoke, name: 'b' },
    { ...spoke, folder: 'b' },
  ]
  expect(new Set(folders.map((one) => keyFolder('/home', one))).size).toBe(4)
})
