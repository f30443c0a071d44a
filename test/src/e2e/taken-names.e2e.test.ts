import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CoordSpawnOutput, Session, SessionsPromptOutput } from '@alkdev/contracts/agents'
import { devOperations } from '@alkdev/dev-spoke'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke, mutation } from '@alkdev/spoke'
import type { Spoke, SpokeHandler, SpokeOperation } from '@alkdev/spoke'
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

/** Each write of held.txt waits at the gate. */
const held = (one: SpokeOperation): SpokeOperation => {
  if (one.namespace !== 'fs' || one.name !== 'write') return one
  const write: SpokeHandler = async (input, context) => {
    if ((input as { path: string }).path === 'held.txt') await atGate()
    return one.handler(input, context)
  }
  return { ...one, handler: write }
}

async function attach(
  name: string,
  { folder } = repository,
  more: readonly SpokeOperation[] = [],
): Promise<Spoke> {
  const operations = await devOperations({ folder, allowShell: false })
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
