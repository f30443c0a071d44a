import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { array, assert, asyncProperty, constantFrom, record } from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeRepository } from '../testing/make-repository.ts'
import type { Served } from '../testing/make-repository.ts'

let served: Served
beforeEach(async () => {
  served = await makeRepository()
})
afterEach(() => served[Symbol.dispose]())

const at = (path: string): string => join(served.folder, path)
const name = { session: 'session-1', step: '1' }

test('a commit holds changed, new and deleted files, and not ignored ones', async () => {
  writeFileSync(at('gone'), 'x')
  served.git('add', '.')
  served.git('commit', '-qm', 'second')
  rmSync(at('gone'))
  writeFileSync(at('a.txt'), 'two\n')
  writeFileSync(at('.gitignore'), 'ignored\n')
  writeFileSync(at('ignored'), 'x')
  mkdirSync(at('sub'))
  writeFileSync(at('sub/new é.txt'), 'x')
  const answer = await served.call('git.commit', { message: 'third\n\n-- body' })
  expect(answer).toEqual({
    commit: served.git('rev-parse', 'HEAD'),
    tree: served.git('rev-parse', 'HEAD^{tree}'),
    branch: 'main',
  })
  const files = served.git('-c', 'core.quotePath=false', 'ls-tree', '-r', '--name-only', 'HEAD')
  expect(files.split('\n')).toEqual(['.gitignore', 'a.txt', 'sub/new é.txt'])
  expect(served.git('status', '--porcelain')).toBe('')
  expect(served.git('log', '-1', '--format=%B%an')).toBe('third\n\n-- body\na')
})

test('the commits of sessions name them behind the message, and a session can not name another one', async () => {
  const [mine, other] = [
    '3f1c9a52-0000-7000-8000-000000000001',
    '3f1c9a52-0000-7000-8000-000000000002',
  ]
  const as = (sessionId: string) => ({ identity: { id: 'account', scopes: [], sessionId } })
  const trailers = () =>
    served.git('log', '-1', '--format=%s|%(trailers:key=Alkhub-Session,valueonly,separator=%x2C)')
  writeFileSync(at('a.txt'), 'two\n')
  await served.call('git.commit', { message: 'one line' }, as(mine))
  expect(trailers()).toBe(`one line|${mine}`)
  writeFileSync(at('a.txt'), 'three\n')
  const message = `more\n\nA text.\n\nReviewed-by: me\nAlkhub-Session: ${mine}\nALKHUB-session : ${mine}`
  await served.call('git.commit', { message }, as(other))
  expect(trailers()).toBe(`more|${other}`)
  expect(served.git('log', '-1', '--format=%(trailers:key=Reviewed-by,valueonly)')).toBe('me')
  // A caller that is no session names none.
  writeFileSync(at('a.txt'), 'four\n')
  await served.call('git.commit', { message })
  expect(trailers()).toBe('more|')
  expect(served.git('log', '-1', '--format=%(trailers:key=Reviewed-by,valueonly)')).toBe('me')
})

test('a commit with paths leaves the other changes alone, and one without changes is a conflict', async () => {
  writeFileSync(at('a.txt'), 'two\n')
  writeFileSync(at('b.txt'), 'b')
  await served.call('git.commit', { message: 'only b', paths: ['b.txt'] })
  expect(served.git('status', '--porcelain')).toBe('M a.txt')
  const again = served.call('git.commit', { message: 'x', paths: ['b.txt'] })
  await expect(again).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('a lock that a git of before the start of the machine left is removed, and a younger one is not', async () => {
  const lock = at('.git/index.lock')
  writeFileSync(at('a.txt'), 'two\n')
  writeFileSync(lock, '')
  await expect(served.call('git.commit', { message: 'x' })).rejects.toThrow(
    'remove the file manually',
  )
  expect(existsSync(lock)).toBe(true)
  utimesSync(lock, 0, 0)
  await served.call('git.commit', { message: 'x' })
  expect(existsSync(lock)).toBe(false)
})

test('a commit in a worktree moves its branch only', async () => {
  const main = served.git('rev-parse', 'main')
  await served.call('git.worktreeCreate', { name: 'side' })
  writeFileSync(at('.worktrees/side/a.txt'), 'side\n')
  const { commit } = (await served.call('git.commit', { worktree: 'side', message: 'x' })) as {
    commit: string
  }
  expect(served.git('rev-parse', 'side')).toBe(commit)
  expect(served.git('rev-parse', 'main')).toBe(main)
  const details = () => served.call('git.worktreeList', { details: true })
  expect(await details()).toMatchObject({ worktrees: [{ name: 'side', changed: 0, ahead: 1 }] })
  served.git('branch', 'also', 'side')
  expect(await details()).toMatchObject({ worktrees: [{ name: 'side', changed: 0, ahead: 0 }] })
  expect(await served.call('git.log', { worktree: 'side', notIn: 'main' })).toMatchObject({
    commits: [{ commit, parents: [main], subject: 'x', body: '', author: { name: 'a' } }],
    truncated: false,
  })
})

test('of more worktrees than one call looks into, the next call looks into the others', async () => {
  await served.call('git.worktreeCreate', { name: 'side' })
  for (let n = 0; n < 200; n++) {
    const folder = at(`.git/worktrees/gone-${n}`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'gitdir'), `${at(`.worktrees/gone-${n}/.git`)}\n`)
    writeFileSync(join(folder, 'commondir'), '../..\n')
    writeFileSync(join(folder, 'HEAD'), 'ref: refs/heads/main\n')
  }
  const side = async () => {
    const { worktrees } = (await served.call('git.worktreeList', { details: true })) as {
      worktrees: { name: string }[]
    }
    expect(worktrees).toHaveLength(201)
    return worktrees.at(-1)
  }
  expect(await side()).not.toHaveProperty('changed')
  expect(await side()).toMatchObject({ name: 'side', changed: 0, ahead: 0 })
  expect(await side()).not.toHaveProperty('changed')
})

test('the log separates fields and commits whatever the texts hold, and says when there are more', async () => {
  served.git('config', 'user.name', 'a\u001fb')
  served.git('commit', '-q', '--allow-empty', '-m', 'sub\u001fject', '-m', 'body\n\n\u001fmore')
  expect(await served.call('git.log', { limit: 1 })).toMatchObject({
    commits: [
      { author: { name: 'a\u001fb' }, subject: 'sub\u001fject', body: 'body\n\n\u001fmore' },
    ],
    truncated: true,
  })
  const older = { skip: 1, from: 'main', path: 'a.txt' }
  expect(await served.call('git.log', { from: 'main', path: 'a.txt' })).toMatchObject({
    commits: [{ subject: 'first', parents: [] }],
    truncated: false,
  })
  expect(await served.call('git.log', older)).toEqual({ commits: [], truncated: false })
})

test('an unfinished merge is not committed', async () => {
  served.git('checkout', '-qb', 'other')
  writeFileSync(at('a.txt'), 'other\n')
  served.git('commit', '-qam', 'other')
  served.git('checkout', '-q', 'main')
  writeFileSync(at('a.txt'), 'main\n')
  served.git('commit', '-qam', 'main')
  expect(() => served.git('merge', '-q', 'other')).toThrow('Command failed')
  const commit = served.call('git.commit', { message: 'x' })
  await expect(commit).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('the commit of an interrupted call is found by its key, also below later commits', async () => {
  const context = { idempotencyKey: 'k', identity: { id: 'account', scopes: [] } }
  const input = { message: 'with (key 0)' }
  expect(await served.recover('git.commit', input, context)).toBe(undefined)
  writeFileSync(at('a.txt'), 'two\n')
  const answer = await served.call('git.commit', input, context)
  served.git('commit', '-q', '--allow-empty', '-m', 'later')
  expect(await served.recover('git.commit', input, context)).toEqual(answer)
  const other = { ...context, idempotencyKey: 'other' }
  expect(await served.recover('git.commit', input, other)).toBe(undefined)
})

test('the first commit of a repository works, with an identity where it names none', async () => {
  rmSync(at('.git'), { recursive: true })
  served.git('init', '-q', '-b', 'main')
  expect(await served.call('git.repository', {})).toMatchObject({ id: null })
  await served.call('git.checkpoint', name)
  await served.call('git.commit', { message: 'first' })
  expect(served.git('log', '--format=%s %ae')).toBe('first alkhub@localhost')
})

const path = constantFrom('a.txt', 'b', 'dir/c', 'dir/deep/d', 'e f', 'ignored', 'b/inner', 'link')
const change = record({
  path,
  content: constantFrom('', 'x', 'y\n', '\r\nz'),
  remove: constantFrom(true, false, false),
})
const changes = array(change, { maxLength: 8 })

function apply(wanted: readonly { path: string; content: string; remove: boolean }[]): void {
  for (const { path: file, content, remove } of wanted)
    try {
      if (remove) rmSync(at(file), { recursive: true, force: true })
      else if (file === 'link') symlinkSync(`a.txt${content.trim()}`, at(file))
      else {
        mkdirSync(join(at(file), '..'), { recursive: true })
        writeFileSync(at(file), content)
      }
    } catch {
      // A file where a folder should be, or the other way round.
    }
}

test('restoring a checkpoint gives the same tree, whatever was changed, committed or staged since', async () => {
  writeFileSync(at('.gitignore'), 'ignored\n')
  let step = 0
  await assert(
    asyncProperty(
      changes,
      changes,
      constantFrom('none', 'add', 'commit'),
      async (one, two, then) => {
        step += 1
        const saved = { session: 's', step: `p${step}` }
        apply(one)
        const before = served.git('status', '--porcelain', '-z')
        const head = served.git('rev-parse', 'HEAD')
        const { tree } = (await served.call('git.checkpoint', saved)) as { tree: string }
        expect(served.git('status', '--porcelain', '-z')).toBe(before)
        apply(two)
        if (then !== 'none') served.git('add', '-A')
        if (then === 'commit') served.git('commit', '-q', '--allow-empty', '-m', 'x')
        const ignored = existsSync(at('ignored')) ? readFileSync(at('ignored'), 'utf8') : null
        const later = { session: 's', step: `q${step}` }
        const after = (await served.call('git.checkpoint', later)) as { tree: string }
        expect(await served.call('git.restore', saved)).toMatchObject({ tree })
        expect(existsSync(at('ignored')) ? readFileSync(at('ignored'), 'utf8') : null).toBe(ignored)
        expect(await served.call('git.restore', later)).toMatchObject({ tree: after.tree })
        expect(served.git('rev-parse', then === 'commit' ? 'HEAD~1' : 'HEAD')).toBe(head)
      },
    ),
    { numRuns: 8, seed: 5, endOnFailure: true },
  )
}, 120_000)

test('a checkpoint is no branch, and a repeated one gives the same answer', async () => {
  writeFileSync(at('new'), 'x')
  const answer = (await served.call('git.checkpoint', name)) as { commit: string }
  expect(answer).toMatchObject({
    ref: 'refs/alkhub/session-1/1',
    head: served.git('rev-parse', 'HEAD'),
  })
  expect(served.git('ls-tree', '--name-only', answer.commit)).toBe('a.txt\nnew')
  expect(served.git('branch', '--all', '--format=%(refname)')).toBe('refs/heads/main')
  expect(await served.call('git.checkpoint', name)).toEqual(answer)
  expect(await served.recover('git.checkpoint', name)).toEqual(answer)
  writeFileSync(at('new'), 'y')
  await expect(served.call('git.checkpoint', name)).rejects.toMatchObject({ code: 'CONFLICT' })
  await expect(served.call('git.restore', { ...name, step: '2' })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
})

test('the checkpoints of a session are listed and removed, packed or not, and those of others stay', async () => {
  const saved: { commit: string }[] = []
  for (const [session, step] of [
    ['s-1', '1'],
    ['s-1', '2'],
    ['s-10', '1'],
  ]) {
    writeFileSync(at('new'), `${session} ${step}`)
    saved.push((await served.call('git.checkpoint', { session, step })) as { commit: string })
    if (step === '1') served.git('pack-refs', '--all')
  }
  served.git('update-ref', 'refs/alkhub/s-1/not/ours', 'HEAD')
  expect(await served.call('git.checkpointList', { session: 's-1' })).toEqual({
    checkpoints: ['1', '2'].map((step, index) => ({
      session: 's-1',
      step,
      commit: saved[index]?.commit,
      createdAt: expect.stringMatching(/Z$/),
    })),
    truncated: false,
  })
  const remove = (input: object): Promise<unknown> => served.call('git.checkpointRemove', input)
  expect(await remove({ session: 's-1', steps: ['2', '3'] })).toEqual({ removed: 1 })
  expect(await remove({ session: 's-1' })).toEqual({ removed: 1 })
  expect(await remove({ session: 's-1' })).toEqual({ removed: 0 })
  expect(await served.call('git.checkpointList', {})).toMatchObject({
    checkpoints: [{ session: 's-10', step: '1', commit: saved[2]?.commit }],
  })
  expect(served.git('for-each-ref', '--format=%(refname)')).toBe(
    'refs/alkhub/s-1/not/ours\nrefs/alkhub/s-10/1\nrefs/heads/main',
  )
})

test('a session saves, restores and removes no checkpoint of another', async () => {
  const context = { identity: { id: 'account', scopes: [], sessionId: 'other' } }
  await served.call('git.checkpoint', name)
  for (const [operation, input] of [
    ['git.checkpoint', name],
    ['git.restore', name],
    ['git.checkpointRemove', { session: name.session }],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await expect(served.call(operation, input, context)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    })
})

test('a checkpoint with files of the hub is not restored', async () => {
  mkdirSync(at('.alkhub'))
  writeFileSync(at('.alkhub/admin.key'), 'x')
  served.git('add', '-f', '.')
  served.git('commit', '-qm', 'keys')
  served.git('update-ref', 'refs/alkhub/evil/1', 'HEAD')
  served.git('rm', '-q', '-r', '--cached', '.alkhub')
  writeFileSync(at('.alkhub/admin.key'), 'now')
  const restore = served.call('git.restore', { session: 'evil', step: '1' })
  await expect(restore).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
  expect(readFileSync(at('.alkhub/admin.key'), 'utf8')).toBe('now')
})

test('a rebase moves the commits of a worktree, and after a conflict all is as before', async () => {
  await served.call('git.worktreeCreate', { name: 'side' })
  const rebase = { worktree: 'side', onto: 'main' }
  writeFileSync(at('.worktrees/side/b'), 'b')
  await served.call('git.commit', { worktree: 'side', message: 'b' })
  expect(await served.call('git.rebase', rebase)).toMatchObject({ outcome: 'unchanged' })
  writeFileSync(at('a.txt'), 'main\n')
  served.git('commit', '-qam', 'main')
  const done = (await served.call('git.rebase', rebase)) as { outcome: string; after: string }
  expect(done).toMatchObject({ outcome: 'rebased', after: served.git('rev-parse', 'side') })
  expect(served.git('rev-parse', 'side~1')).toBe(served.git('rev-parse', 'main'))
  writeFileSync(at('.worktrees/side/a.txt'), 'side\n')
  const dirty = served.call('git.rebase', rebase)
  await expect(dirty).rejects.toMatchObject({ code: 'CONFLICT' })
  await served.call('git.commit', { worktree: 'side', message: 'a' })
  writeFileSync(at('a.txt'), 'main again\n')
  served.git('commit', '-qam', 'main again')
  const before = served.git('rev-parse', 'side')
  expect(await served.call('git.rebase', rebase)).toEqual({
    outcome: 'conflict',
    before,
    after: before,
    conflicts: ['a.txt'],
  })
  expect(served.git('rev-parse', 'side')).toBe(before)
  expect(await served.call('git.status', { worktree: 'side' })).toMatchObject({
    branch: 'side',
    files: [],
  })
})

test('the list names worktrees of the folder with branch and commit', async () => {
  await served.call('git.worktreeCreate', { name: 'side' })
  await served.call('git.worktreeCreate', { name: 'lost', branch: 'x/y' })
  rmSync(at('.worktrees/lost'), { recursive: true })
  const commit = served.git('rev-parse', 'main')
  expect(await served.call('git.worktreeList', {})).toEqual({
    worktrees: [
      {
        name: 'lost',
        path: '.worktrees/lost',
        branch: 'x/y',
        commit,
        locked: false,
        missing: true,
      },
      {
        name: 'side',
        path: '.worktrees/side',
        branch: 'side',
        commit,
        locked: false,
        missing: false,
      },
    ],
    truncated: false,
  })
})

test('an interrupted creation of a worktree is completed, and another branch or base is a conflict', async () => {
  const input = { name: 'side', base: 'main' }
  expect(await served.recover('git.worktreeCreate', input)).toBe(undefined)
  const answer = await served.call('git.worktreeCreate', input)
  expect(await served.recover('git.worktreeCreate', input)).toEqual(answer)
  // As git leaves it before the files are checked out.
  rmSync(at('.git/worktrees/side/index'))
  rmSync(at('.worktrees/side/a.txt'))
  expect(await served.recover('git.worktreeCreate', input)).toEqual(answer)
  expect(readFileSync(at('.worktrees/side/a.txt'), 'utf8')).toBe('one\n')
  served.git('commit', '-q', '--allow-empty', '-m', 'later')
  for (const other of [{ name: 'side', branch: 'other' }, input])
    await expect(served.recover('git.worktreeCreate', other)).rejects.toMatchObject({
      code: 'CONFLICT',
    })
})

test('the repository has the same id in a clone, and the same common folder in its worktrees', async () => {
  const first = (await served.call('git.repository', {})) as { id: string; commonDirId: string }
  expect(first.id).toBe(served.git('rev-parse', 'HEAD'))
  served.git('commit', '-q', '--allow-empty', '-m', 'later')
  expect(await served.call('git.repository', {})).toEqual(first)
  using other = await makeRepository()
  other.git('fetch', '-q', served.folder, 'main')
  other.git('reset', '-q', '--hard', 'FETCH_HEAD')
  const clone = (await other.call('git.repository', {})) as { id: string; commonDirId: string }
  expect(clone.id).toBe(first.id)
  expect(clone.commonDirId).not.toBe(first.commonDirId)
})
