import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  CoordAbortOutput,
  CoordMerge,
  CoordMergeOutput,
  CoordSpawnOutput,
  Session,
  SessionMessage,
  SessionsPromptOutput,
} from '@alkdev/contracts/agents'
import { devOperations } from '@alkdev/dev-spoke'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke, mutation } from '@alkdev/spoke'
import type { Spoke, SpokeHandler, SpokeOperation } from '@alkdev/spoke'
import { must } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeGitFolder } from '../git-folder.ts'
import type { GitFolder } from '../git-folder.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

// Another process of the account attaches a spoke under the name of the one with the files of a session, in the middle of a turn.

const tool = (operationId: string, input: string): string => `
              - tool: call
                arguments: { operationId: ${operationId}, input: ${input} }`
const PASS = tool('gate.pass', '{}')
const WRITE = tool('fs.write', '{ path: late.txt, content: x }')

const SCRIPT = `
models:
  worker:
    turns:
      - when: '^one step'
        steps:
          - calls:${PASS}${WRITE}
          - say: Done.
      - when: '^two steps'
        steps:
          - calls:${PASS}
          - calls:${WRITE}
          - say: Done.
      - when: '^finish'
        steps:
          - calls:${WRITE}
          - calls:${tool('git.commit', '{ message: late }')}
          - calls:${tool('coord.notify', '{ kind: finish, text: Finished. }')}
          - say: Done.
      - when: '^held'
        steps:
          - calls:${tool('fs.write', '{ path: held.txt, content: x }')}
          - say: Done.
      - steps:
          - say: 'You said {{prompt}}'
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey
let repository: GitFolder
/** What happens while `gate.pass` runs, or the write of held.txt. */
let atGate: () => Promise<unknown> = () => Promise.resolve()
/** The operation whose next call waits at the gate. */
let gated = ''

/** Each write of held.txt waits at the gate, and a call of `gated`. */
const held = (one: SpokeOperation): SpokeOperation => {
  const id = `${one.namespace}.${one.name}`
  const handler: SpokeHandler = async (input, context) => {
    const isHeld = id === 'fs.write' && (input as { path: string }).path === 'held.txt'
    if (isHeld || id === gated) {
      if (!isHeld) gated = ''
      await atGate()
    }
    return one.handler(input, context)
  }
  return { ...one, handler }
}

async function attach(
  name: string,
  { folder } = repository,
  more: readonly SpokeOperation[] = [],
): Promise<Spoke> {
  const operations = await devOperations({ folder, allowShell: true })
  const spoke = stack.use(
    attachSpoke({
      hub: hub.broker,
      key: user.key,
      name,
      spokeType: 'dev-env',
      operations: [...(folder === repository.folder ? operations.map(held) : operations), ...more],
    }),
  )
  await spoke.attached()
  return spoke
}

const gate = mutation(
  { id: 'gate.pass', description: 'Passes.', input: Type.Object({}), output: Type.Object({}) },
  async () => {
    await atGate()
    return {}
  },
)

beforeAll(async () => {
  repository = stack.use(makeGitFolder())
  repository.git('branch', 'goal')
  const scripts = mkdtempSync(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rmSync(scripts, { recursive: true, force: true }))
  writeFileSync(join(scripts, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder: scripts }))
  hub = stack.use(await startTestStack())
  user = await hub.createKey(['*'])
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
  const permissions = [{ action: '*', permission: 'allow', pattern: '*' }]
  const role = { name: 'one-by-one', mode: 'primary', permissions, scopes: ['*'] }
  await ok('roles.create', { ...role, data: { concurrency: 1 } }, hub.admin)
  await attach('gate', stack.use(makeGitFolder()), [gate])
})
afterAll(() => stack.disposeAsync())

async function ok<T = Record<string, unknown>>(id: string, input: object, key = user): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

async function ended(sessionId: string, messageId: string, reason: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const turns = await hub.database.sql`
        select reason from turns where session_id = ${sessionId} and message_id = ${messageId} and ended_at is not null`
      expect([...turns]).toEqual([{ reason }])
    },
    { timeout: 90_000, interval: 200 },
  )
}

/** A turn of the session, until it has ended with the reason. */
async function turn(sessionId: string, text: string, reason: string): Promise<void> {
  const { message } = await ok<SessionsPromptOutput>('sessions.prompt', { sessionId, text })
  await ended(sessionId, message.messageId, reason)
}

/** A folder of another repository, with a worktree of that name. */
function otherRepository(name: string): GitFolder {
  const other = stack.use(makeGitFolder())
  other.git('commit', '-q', '--amend', '-m', 'another beginning')
  other.git('worktree', 'add', '-q', '-b', name, `.worktrees/${name}`)
  return other
}

/** Lets the other folder take the name at the gate; gives how often that happened. */
function takeAtGate(name: string, other: GitFolder): () => number {
  let taken = 0
  atGate = async () => {
    taken++
    await attach(name, other)
  }
  return () => taken
}

const callsDone = async (sessionId: string): Promise<number> =>
  (
    await hub.database.sql`
      select id from tool_calls where session_id = ${sessionId} and operation_name like '%fs.write' and status = 'done'`
  ).length

test.each([
  ['one step', 'late.txt', 'before the next call of a step'],
  ['two steps', 'late.txt', 'before the next step'],
  ['held', 'held.txt', 'while a call runs, which is not repeated there'],
])(
  'H15 (%s, %s): nothing of a turn runs in another folder that takes the name of its spoke %s',
  async (text, file) => {
    const name = `taken-${text.replace(' ', '-')}`
    const former = await attach(name)
    const worktree = { spoke: name, name }
    const { session } = await ok<CoordSpawnOutput>('coord.spawn', {
      prompt: 'begin',
      model: 'scripted/worker',
      role: 'one-by-one',
      worktree,
    })
    const { sessionId } = session
    await vi.waitFor(
      async () =>
        expect(await ok('sessions.get', { sessionId })).toMatchObject({ endReason: 'completed' }),
      { timeout: 90_000, interval: 200 },
    )
    const written = join(repository.folder, '.worktrees', name, file)
    const other = otherRepository(name)
    const taken = takeAtGate(name, other)
    await turn(sessionId, text, 'workspace-mismatch')
    expect(taken()).toBe(1)
    const { endError } = await ok<Session>('sessions.get', { sessionId })
    expect(endError?.message).toContain('another repository')
    for (const folder of [other.folder, join(other.folder, '.worktrees', name)])
      expect(existsSync(join(folder, file))).toBe(false)
    expect(await callsDone(sessionId)).toBe(0)

    // The folder of before is back: the session goes on.
    await former.stop()
    atGate = () => Promise.resolve()
    await attach(name)
    await turn(sessionId, text, 'completed')
    expect(existsSync(written)).toBe(true)

    // Attached again in the same folder, in the middle of a turn: no call is lost.
    rmSync(written)
    if (text !== 'held') atGate = () => attach(name)
    await turn(sessionId, text, 'completed')
    expect(existsSync(written)).toBe(true)
    expect(await callsDone(sessionId)).toBe(2)
  },
)

test('H15: a workspace that is the folder of its spoke is compared with the repository in which the turn began', async () => {
  await attach('plain')
  const { projectId } = await ok<{ projectId: string }>('projects.create', {
    name: 'Plain',
    slug: 'plain',
  })
  const workspace = { projectId, name: 'plain', spoke: 'plain' }
  const { workspaceId } = await ok<{ workspaceId: string }>('workspaces.create', workspace)
  const { sessionId } = await ok<Session>('sessions.create', {
    project: 'plain',
    workspaceId,
    model: 'scripted/worker',
  })
  const other = otherRepository('plain')
  const taken = takeAtGate('plain', other)
  await turn(sessionId, 'held', 'workspace-mismatch')
  expect(taken()).toBe(1)
  expect(existsSync(join(other.folder, 'held.txt'))).toBe(false)
})

/** A session that has written a file in a worktree of the repository, and with `finish` committed it. */
async function workedSession(name: string, prompt: string): Promise<string> {
  await attach(name)
  atGate = () => Promise.resolve()
  const { session } = await ok<CoordSpawnOutput>('coord.spawn', {
    prompt,
    model: 'scripted/worker',
    role: 'one-by-one',
    worktree: { spoke: name, name },
  })
  const { sessionId } = session
  await vi.waitFor(
    async () =>
      expect(await ok('sessions.get', { sessionId })).toMatchObject({ endReason: 'completed' }),
    { timeout: 90_000, interval: 200 },
  )
  expect(await callsDone(sessionId)).toBe(1)
  return sessionId
}

/** Refs of the hub in a repository. */
const refsIn = ({ git }: GitFolder): string =>
  git('for-each-ref', '--format=%(refname)', 'refs/alkhub')

async function mergeEnd(sessionId: string): Promise<CoordMerge> {
  const { merge } = await ok<CoordMergeOutput>('coord.merge', { sessionId, target: 'goal' })
  return vi.waitFor(
    async () => {
      const { merges } = await ok<{ merges: CoordMerge[] }>('coord.merges', { sessionId })
      const found = must(merges.find(({ mergeId }) => mergeId === merge.mergeId))
      expect(found.endedAt).toEqual(expect.any(String))
      return found
    },
    { timeout: 90_000, interval: 200 },
  )
}

test('H15: a merge, a revert and an abort touch nothing in another folder that has the name of the spoke', async () => {
  const name = 'taken-outside'
  const finished = await workedSession('taken-merge', 'finish')
  const sessionId = await workedSession(name, 'two steps')
  const [other, another] = [otherRepository(name), otherRepository('taken-merge')]
  another.git('branch', 'goal')
  await attach(name, other)
  await attach('taken-merge', another)

  const merge = await mergeEnd(finished)
  expect(merge).toMatchObject({ status: 'failed', reason: 'workspace' })
  expect(merge.error).toContain('another repository')
  const { items } = await ok<{ items: SessionMessage[] }>('sessions.messages', { sessionId })
  const { messageId } = must(items.at(-1))
  const reverted = await call(hub, user, 'sessions.revert', { sessionId, messageId })
  expect([reverted.status, reverted.body.code]).toEqual([409, 'WORKSPACE_MISMATCH'])
  const { receipts } = await ok<CoordAbortOutput>('coord.abort', { sessionId })
  expect(receipts).toMatchObject([{ saveError: expect.stringContaining('WORKSPACE_MISMATCH') }])
  for (const one of [other, another]) expect(refsIn(one)).toBe('')
})

test('H15: a merge and an abort whose spoke is replaced between two of their calls make none of them at the other one', async () => {
  const unsaved = { saveError: expect.stringContaining('PROVIDER_UNAVAILABLE') }
  for (const [operationId, prompt, act, expected] of [
    ['git.compare', 'finish', mergeEnd, { status: 'failed', reason: 'workspace' }],
    [
      'process.kill',
      'two steps',
      (sessionId: string) => ok<CoordAbortOutput>('coord.abort', { sessionId }),
      { receipts: [unsaved] },
    ],
  ] as const) {
    // oxlint-disable no-await-in-loop -- one after the other
    const name = `taken-at-${operationId.replace('.', '-')}`
    const sessionId = await workedSession(name, prompt)
    const other = otherRepository(name)
    other.git('branch', 'goal')
    const taken = takeAtGate(name, other)
    gated = operationId
    const result = await act(sessionId)
    expect([operationId, taken()]).toEqual([operationId, 1])
    expect(result).toMatchObject(expected)
    expect(refsIn(other)).toBe('')
    // oxlint-enable no-await-in-loop
  }
})
