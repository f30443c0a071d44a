import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  CoordMerge,
  CoordMergeOutput,
  CoordSession,
  CoordSpawnOutput,
  CoordStatusOutput,
  Session,
} from '@alkdev/contracts/agents'
import { devOperations } from '@alkdev/dev-spoke'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke } from '@alkdev/spoke'
import { must } from '@alkdev/std'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeGitFolder } from '../git-folder.ts'
import type { GitFolder } from '../git-folder.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

const tool = (operationId: string, input: string) => `
              - tool: call
                arguments: { operationId: ${operationId}, input: ${input} }`
const commit = (say: string) => `
          - calls:${tool('git.commit', `{ message: '${say}' }`)}
          - calls:${tool('coord.notify', `{ kind: finish, text: '${say}' }`)}
          - say: Finished.`

const SCRIPT = `
models:
  worker:
    turns:
      - when: '^add '
        steps:
          - calls:${tool('fs.write', "{ path: '{{prompt /add (\\S+)/}}', content: x, mode: create }")}${commit('{{prompt}}')}
      - when: '^change '
        steps:
          - calls:${tool('fs.write', "{ path: a.txt, content: '{{prompt /change (\\S+)/}}' }")}${commit('{{prompt}}')}
      - when: '^append '
        steps:
          - calls:${tool('shell.run', "{ command: 'echo {{prompt /append (\\S+)/}} >> a.txt' }")}${commit('{{prompt}}')}
      - when: 'could not be merged into eight'
        steps:
          - calls:${tool('git.rebase', '{ onto: eight, conflicts: mark }')}
          - calls:${tool('shell.run', `{ command: "sed -i -E '/^(<<<<<<<|=======|>>>>>>>)/d' a.txt" }`)}${commit('resolve')}
      - when: 'could not be merged'
        steps:
          - calls:${tool('git.rebase', '{ onto: goal, conflicts: mark }')}
          - calls:${tool('fs.read', '{ path: a.txt }')}
          - calls:${tool('fs.write', "{ path: a.txt, content: 'both {{result /<<<<<<</}}' }")}${commit('resolve')}
      - steps:
          - say: 'one two three four five '
            times: 200
            pieceChars: 10
            pieceMs: 40
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey
let repository: GitFolder
let lead: string

beforeAll(async () => {
  repository = stack.use(makeGitFolder())
  const scripts = mkdtempSync(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rmSync(scripts, { recursive: true, force: true }))
  writeFileSync(join(scripts, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder: scripts }))
  hub = stack.use(await startTestStack({ sessions: { firstByteMs: 20_000 } }))
  user = await hub.createKey(['*'])
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
  const spoke = attachSpoke({
    hub: hub.broker,
    key: user.key,
    name: 'desk',
    spokeType: 'dev-env',
    operations: await devOperations({ folder: repository.folder, allowShell: true }),
  })
  stack.use(spoke)
  await spoke.attached()
  await ok('dev.desk.git.fastForward', { branch: 'goal', to: 'main' })
  lead = (await ok<Session>('sessions.create', { mode: 'external', title: 'Lead' })).sessionId
})
afterAll(() => stack.disposeAsync())

async function ok<T = Record<string, unknown>>(id: string, input: object, key = user): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

/** Asked again with the same key when the answer takes long. */
function spawn(prompt: string, task?: string): Promise<string> {
  const input = { key: prompt, parentSessionId: lead, prompt, model: 'scripted/worker', task }
  const worktree = { spoke: 'desk', base: 'main' }
  return vi.waitFor(
    async () =>
      (await ok<CoordSpawnOutput>('coord.spawn', { ...input, worktree })).session.sessionId,
    { timeout: 120_000, interval: 500 },
  )
}

const statusOf = async (sessionId: string): Promise<CoordSession> =>
  must((await ok<CoordStatusOutput>('coord.status', { sessionId })).sessions[0])

/** Looks at the row until it says so, which costs a small part of a call, and then asks. */
const untilFinished = (sessionId: string, after = ''): Promise<CoordSession> =>
  vi.waitFor(
    async () => {
      const rows = await hub.database.sql`
        select id from sessions where id = ${sessionId} and status = 'done'`
      expect(rows).toHaveLength(1)
      const one = await statusOf(sessionId)
      expect([one.status, one.work?.status]).toEqual(['done', 'completed'])
      expect(one.stateSince > after).toBe(true)
      return one
    },
    { timeout: 180_000, interval: 200 },
  )

/** Asked for until it has ended. */
async function merge(sessionId: string, more: object = {}): Promise<CoordMerge> {
  const input = { sessionId, target: 'goal', waitMs: 20_000, ...more }
  const { merge: made } = await ok<CoordMergeOutput>('coord.merge', input)
  return vi.waitFor(
    async () => {
      const { merges } = await ok<{ merges: CoordMerge[] }>('coord.merges', { sessionId })
      const found = must(merges.find(({ mergeId }) => mergeId === made.mergeId))
      expect(found.endedAt).toEqual(expect.any(String))
      return found
    },
    { timeout: 180_000, interval: 200 },
  )
}

test('R22: sessions are merged one after the other, each on top of those before it; none of their commits is lost', async () => {
  const names = ['one', 'two', 'three']
  const ids = await Promise.all(names.map((name) => spawn(`add ${name}.txt`)))
  await Promise.all(ids.map((id) => untilFinished(id)))
  const check = { name: 'its file', command: 'test -f a.txt' }
  const merges = await Promise.all(ids.map((id) => merge(id, { checks: [check] })))
  expect(merges).toMatchObject(names.map(() => ({ status: 'merged', reason: 'merged' })))
  expect(merges[0]?.checks).toMatchObject([{ name: 'its file', status: 'passed' }])
  expect(repository.subjects('goal').toSorted()).toEqual(
    ['first', ...names.map((name) => `add ${name}.txt`)].toSorted(),
  )
  for (const name of names) expect(repository.file('goal', `${name}.txt`)).toBe('x')
  expect(repository.subjects('main')).toEqual(['first'])
  // Kept as it was before its rebase.
  const last = must(merges.at(-1))
  expect(repository.git('rev-parse', `${last.savedRef}^`)).toBe(last.oldHead)
  const again = await merge(must(ids[0]))
  expect(again).toMatchObject({ status: 'merged', reason: 'nothing-to-merge' })
  expect((await statusOf(must(ids[0]))).merge).toMatchObject({ status: 'merged', target: 'goal' })
  const { merges: listed } = await ok<{ merges: CoordMerge[] }>('coord.merges', { target: 'goal' })
  expect(listed.map(({ status }) => status)).toEqual(['merged', 'merged', 'merged', 'merged'])
}, 600_000)

test('R22: a branch that conflicts goes back to its session with its task, blocks no other merge, and is merged when it was resolved', async () => {
  const file = (id: string) => ({
    path: `${id}.md`,
    content: `---\nid: ${id}\nname: Change it\ndependsOn: []\nchecks:\n  - name: there\n    command: test -s a.txt\n---\nChange a.txt.\n`,
  })
  await ok('tasks.sync', { files: [file('left'), file('right')] })
  const left = await spawn('change left', 'left')
  const right = await spawn('change right', 'right')
  const other = await spawn('add other.txt')
  const [, finished] = await Promise.all([left, right, other].map((id) => untilFinished(id)))
  expect(await merge(left)).toMatchObject({ status: 'merged' })
  const conflict = await merge(right)
  expect(conflict).toMatchObject({ status: 'conflict', reason: 'conflict', conflicts: ['a.txt'] })
  expect(await merge(other)).toMatchObject({ status: 'merged' })
  expect(repository.file('goal', 'a.txt')).toBe('left')
  const [open] = await hub.database.sql<{ kind: string }[]>`
    select kind from detections where subject_id = ${right} and resolved_at is null`
  expect(open).toEqual({ kind: 'merge-refused' })
  const resolved = await untilFinished(right, must(finished).stateSince)
  expect(resolved).toMatchObject({ task: { slug: 'right', status: 'completed' } })
  expect(await merge(right)).toMatchObject({ status: 'merged', reason: 'merged' })
  expect(repository.file('goal', 'a.txt')).toBe('both <<<<<<<')
  const kept = repository.git('for-each-ref', '--format=%(refname)', 'refs/alkhub/before-rebase')
  expect(repository.git('log', '--format=%s', '-1', kept)).toBe('change right')
  const [left2] = await hub.database.sql<{ n: number }[]>`
    select count(*)::int as n from detections where subject_id = ${right} and resolved_at is null`
  expect(left2?.n).toBe(0)
}, 600_000)

test('R22: of eight sessions three change the same lines: all are merged in order, conflicts go to their owners, and no line is lost', async () => {
  await ok('dev.desk.git.fastForward', { branch: 'eight', to: 'main' })
  lead = (await ok<Session>('sessions.create', { mode: 'external', title: 'Eight' })).sessionId
  const own = ['p', 'q', 'r', 's', 't']
  const shared = ['x', 'y', 'z']
  // Those that overlap are between the others in the queue.
  const prompts = ['p', 'x', 'q', 'y', 'r', 'z', 's', 't'].map((name) =>
    own.includes(name) ? `add eight-${name}.txt` : `append ${name}`,
  )
  const ids = await Promise.all(prompts.map((prompt) => spawn(prompt)))
  const finished = await Promise.all(ids.map((id) => untilFinished(id)))
  for (const sessionId of ids)
    // oxlint-disable-next-line no-await-in-loop -- in this order
    await ok('coord.merge', { sessionId, target: 'eight', waitMs: 0 })
  const listed = async (): Promise<CoordMerge[]> =>
    (await ok<{ merges: CoordMerge[] }>('coord.merges', { target: 'eight' })).merges.toReversed()
  const first = await vi.waitFor(
    async () => {
      const merges = await listed()
      for (const { endedAt } of merges) expect(endedAt).toEqual(expect.any(String))
      return merges.slice(0, ids.length)
    },
    { timeout: 240_000, interval: 250 },
  )
  expect(first.map(({ sessionId, status }) => [sessionId, status])).toEqual(
    prompts.map((prompt, at) => [
      ids[at],
      prompt === 'append y' || prompt === 'append z' ? 'conflict' : 'merged',
    ]),
  )
  const ends = first.map(({ endedAt }) => must(endedAt))
  expect(ends).toEqual(ends.toSorted())
  const conflicts = ids.filter((_, at) => first[at]?.status === 'conflict')
  const informed = await hub.database.sql<{ id: string }[]>`
    select distinct m.session_id as id from messages m join parts p on p.message_id = m.id
    where p.data::text like '%could not be merged into eight%' order by 1`
  expect(informed.map(({ id }) => id)).toEqual(conflicts.toSorted())

  for (const id of conflicts) {
    let after = must(finished[ids.indexOf(id)]).stateSince
    for (let status = ''; status !== 'merged';) {
      // oxlint-disable no-await-in-loop -- the second one meets what the first one resolved
      after = (await untilFinished(id, after)).stateSince
      ;({ status } = await merge(id, { target: 'eight' }))
      expect(['merged', 'conflict']).toContain(status)
      // oxlint-enable no-await-in-loop
    }
  }
  expect(repository.file('eight', 'a.txt').split('\n').toSorted()).toEqual(['one', ...shared])
  for (const name of own) expect(repository.file('eight', `eight-${name}.txt`)).toBe('x')
  const subjects = ['first', ...own.map((name) => `add eight-${name}.txt`), 'append x']
  expect(repository.subjects('eight').toSorted()).toEqual(
    [...subjects, 'resolve', 'resolve'].toSorted(),
  )
  expect(repository.git('rev-list', '--merges', 'eight')).toBe('')
  // What the owners resolved is kept as they had written it.
  const kept = repository
    .git('for-each-ref', '--format=%(subject)', 'refs/alkhub/before-rebase')
    .split('\n')
  expect(kept).toEqual(expect.arrayContaining(['append y', 'append z']))
}, 900_000)

test('a branch whose checks fail after the rebase is not merged, and its session gets a message', async () => {
  const id = await spawn('add bad.txt')
  const { stateSince } = await untilFinished(id)
  const before = repository.git('rev-parse', 'goal')
  const refused = await merge(id, {
    checks: [{ name: 'no bad file', command: 'test ! -f bad.txt' }],
  })
  expect(refused).toMatchObject({
    status: 'failed',
    reason: 'checks',
    checks: [{ name: 'no bad file', status: 'failed', exitCode: 1 }],
  })
  expect(repository.git('rev-parse', 'goal')).toBe(before)
  await untilFinished(id, stateSince)
  const { items } = await ok<{ items: object[] }>('sessions.messages', { sessionId: id })
  expect(JSON.stringify(items)).toContain('no bad file')
}, 600_000)

test('what is checked out, not finished, or without a worktree is refused with the reason', async () => {
  const done = await spawn('add late.txt')
  await untilFinished(done)
  expect(await merge(done, { target: 'main' })).toMatchObject({
    status: 'failed',
    reason: 'checked-out',
  })
  const running = await spawn('talk')
  const refusal = (sessionId: string, more: object = {}) =>
    call(hub, user, 'coord.merge', { sessionId, target: 'goal', ...more })
  const refused = (reason: string) => ({
    status: 409,
    body: { code: 'MERGE_REFUSED', details: { reason } },
  })
  expect(await refusal(running)).toMatchObject(refused('not-finished'))
  expect(await refusal(lead)).toMatchObject(refused('workspace'))
  const { workspace } = await statusOf(done)
  expect(await refusal(done, { target: must(workspace?.branch) })).toMatchObject(
    refused('same-branch'),
  )
  expect(await merge(done, { target: 'no/such' })).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('no/such'),
  })
  const other = await hub.createKey(['*'])
  expect(await call(hub, other, 'coord.merge', { sessionId: done, target: 'goal' })).toMatchObject({
    status: 404,
  })
  await ok('coord.abort', { sessionId: running })
  const { merges } = await ok<{ merges: CoordMerge[] }>('coord.merges', { sessionId: done })
  expect(merges.map(({ status }) => status)).toEqual(['failed', 'failed'])
}, 600_000)
