import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '@alkdev/std'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeRepository } from '../testing/make-repository.ts'
import type { Served } from '../testing/make-repository.ts'

let served: Served
beforeEach(async () => {
  served = await makeRepository()
})
afterEach(() => served[Symbol.dispose]())

const at = (path: string): string => join(served.folder, path)

async function worktree(name: string, file: string, text: string): Promise<string> {
  await served.call('git.worktreeCreate', { name })
  return change(name, file, text)
}

async function change(name: string, file: string, text: string): Promise<string> {
  writeFileSync(at(`.worktrees/${name}/${file}`), text)
  const made = await served.call('git.commit', { worktree: name, message: `${name} ${file}` })
  return (made as { commit: string }).commit
}

const patchIds = async (from: string, to: string): Promise<string[]> => {
  const compared = (await served.call('git.compare', { from, to })) as {
    onlyTo: { commits: { patchId: string }[] }
  }
  return compared.onlyTo.commits.map(({ patchId }) => patchId)
}

test('a branch that is checked out nowhere moves forward once, and a second call finds it there', async () => {
  const first = served.git('rev-parse', 'main')
  const commit = await worktree('side', 'b.txt', 'b')
  const made = await served.call('git.fastForward', { branch: 'goal', to: 'main' })
  expect(made).toEqual({ outcome: 'updated', head: first })
  const move = { branch: 'goal', to: commit, expect: first }
  expect(await served.call('git.fastForward', move)).toEqual({ outcome: 'updated', head: commit })
  expect(await served.call('git.fastForward', move)).toEqual({ outcome: 'unchanged', head: commit })
  expect(served.git('rev-parse', 'goal')).toBe(commit)
})

test('a branch that has moved meanwhile is left as it is, and so is one that is there already', async () => {
  const first = served.git('rev-parse', 'main')
  const one = await worktree('one', 'b.txt', 'b')
  const two = await worktree('two', 'c.txt', 'c')
  await served.call('git.fastForward', { branch: 'goal', to: one })
  const late = await served.call('git.fastForward', { branch: 'goal', to: two, expect: first })
  expect(late).toEqual({ outcome: 'moved', head: one })
  expect(await served.call('git.fastForward', { branch: 'goal', to: two })).toEqual(late)
  const back = served.call('git.fastForward', { branch: 'goal', to: two, expect: one })
  await expect(back).rejects.toMatchObject({ code: 'CONFLICT', details: { reason: 'not-forward' } })
  expect(served.git('rev-parse', 'goal')).toBe(one)
})

test('a branch that is checked out in the folder or in a worktree is not moved', async () => {
  const first = served.git('rev-parse', 'main')
  const commit = await worktree('side', 'b.txt', 'b')
  for (const branch of ['main', 'side']) {
    const expected = branch === 'main' ? first : commit
    const to = branch === 'main' ? commit : await worktree('other', 'c.txt', 'c')
    const call = served.call('git.fastForward', { branch, to, expect: expected })
    await expect(call).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { reason: 'checked-out' },
    })
  }
})

test('the patch ids of a branch stay the same after a rebase, also with changes nearby', async () => {
  writeFileSync(at('a.txt'), 'one\ntwo\nthree\nfour\nfive\n')
  served.git('commit', '-qam', 'more')
  await worktree('side', 'a.txt', 'one\ntwo\nthree\nfour\nFIVE\n')
  await change('side', 'b.bin', 'b\0\u0001')
  writeFileSync(at('a.txt'), 'one\nTWO\nthree\nfour\nfive\n')
  served.git('commit', '-qam', 'upstream')
  const before = await patchIds('main', 'side')
  expect(new Set(before).size).toBe(2)
  const rebased = await served.call('git.rebase', { worktree: 'side', onto: 'main' })
  expect(rebased).toMatchObject({ outcome: 'rebased', conflicts: [] })
  expect(await patchIds('main', 'side')).toEqual(before)
  await change('side', 'c.txt', 'c')
  expect(await patchIds('main', 'side')).toEqual([...before, expect.any(String)])
})

test('marked conflicts are resolved in the files and committed; the former branch is kept', async () => {
  const mine = await worktree('side', 'a.txt', 'side\n')
  await change('side', 'b.txt', 'b\n')
  const before = served.git('rev-parse', 'side')
  writeFileSync(at('a.txt'), 'main\n')
  served.git('commit', '-qam', 'upstream')
  const undone = await served.call('git.rebase', { worktree: 'side', onto: 'main' })
  expect(undone).toMatchObject({ outcome: 'conflict', after: before, conflicts: ['a.txt'] })
  const input = { worktree: 'side', onto: 'main', conflicts: 'mark' }
  const marked = (await served.call('git.rebase', input)) as { saved?: string }
  expect(marked).toMatchObject({ outcome: 'marked', before, conflicts: ['a.txt'] })
  expect(served.git('rev-parse', must(marked.saved))).toBe(before)
  expect(readFileSync(at('.worktrees/side/a.txt'), 'utf8')).toContain('<<<<<<<')
  expect(readFileSync(at('.worktrees/side/b.txt'), 'utf8')).toBe('b\n')
  await change('side', 'a.txt', 'both\n')
  expect(served.git('show', 'side:b.txt')).toBe('b')
  expect(served.git('merge-base', 'main', 'side')).toBe(served.git('rev-parse', 'main'))
  expect(mine).not.toBe(before)
})

test('an interrupted rebase is undone on request only', async () => {
  const before = await worktree('side', 'a.txt', 'side\n')
  writeFileSync(at('a.txt'), 'main\n')
  served.git('commit', '-qam', 'upstream')
  expect(() => served.git('-C', '.worktrees/side', 'rebase', '-q', 'main')).toThrow('rebase')
  const input = { worktree: 'side', onto: 'main' }
  await expect(served.call('git.rebase', input)).rejects.toMatchObject({ code: 'CONFLICT' })
  const undone = await served.call('git.rebase', { ...input, undoUnfinished: true })
  expect(undone).toMatchObject({ outcome: 'conflict', before })
  expect(served.git('-C', '.worktrees/side', 'status', '--porcelain')).toBe('')
})
