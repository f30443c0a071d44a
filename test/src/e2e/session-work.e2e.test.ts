import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CoordSpawnOutput, Session, SessionMessage } from '@alkdev/contracts/agents'
import { devOperations } from '@alkdev/dev-spoke'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke, mutation, subscription } from '@alkdev/spoke'
import type { Spoke, SpokeHandler, SpokeOperation } from '@alkdev/spoke'
import { must, sleep, uuidv7 } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

const tool = (operationId: string, input: string) => `
          - calls:
              - tool: call
                arguments: { operationId: ${operationId}, input: ${input} }`
const write = (path: string, content: string) =>
  tool('fs.write', `{ path: ${path}, content: ${content} }`)
const todos = (list: string) => `
          - calls:
              - tool: sessions_setTodos
                arguments: { todos: [${list}] }`
const READ = tool('fs.read', '{ path: big.txt }')

/** What the planner still has to do follows from the facts of the hub: its summaries say nothing. */
const SCRIPT = `
models:
  planner:
    turns:
      - when: '^(user|assistant|tool): '
        steps: [{ say: Nothing of use. }]
      - when: 'Files that you changed: [^\\n]*c\\.txt'
        steps: [{ say: Done. }]
      - when: 'Files that you changed: [^\\n]*b\\.txt'
        steps:${READ}${write('c.txt', 'three')}
          - say: Done.
      - when: 'Files that you changed: [^\\n]*a\\.txt'
        steps:${READ}${write('b.txt', 'two')}${READ}${write('c.txt', 'three')}
          - say: Done.
      - when: make the files
        steps:${READ}${write('a.txt', 'one')}${READ}${write('b.txt', 'two')}${READ}${write('c.txt', 'three')}
          - say: Done.
  keeper:
    turns:
      - when: '^(user|assistant|tool): '
        steps: [{ say: Nothing of use. }]
      - when: 'What you still have to do:\\n- active: Paint\\n- open: Sell\\n'
        steps:${todos('{ text: Dig, status: done }, { text: Paint, status: done }, { text: Sell, status: open }')}
      - when: 'What you still have to do:\\n- open: Sell\\n'
        steps: [{ say: Not reached. }, { say: Painted. }]
      - when: plan
        steps:${todos('{ text: Dig, status: done }, { text: Paint, status: active }, { text: Sell, status: open }')}${READ}${READ}${READ}${READ}
          - say: Forgotten.
  talker:
    turns:
      - when: '^(user|assistant|tool): '
        steps: [{ say: 'A summary that is longer than all that it stands for. ', times: 200 }]
      - when: long
        steps: [{ say: 'word ', times: 1000 }]
      - steps: [{ say: 'You said {{prompt}}' }]
  tired:
    turns:
      - when: '^(user|assistant|tool): '
        steps: [{ fault: { status: 400, code: no_summary, message: No summary today. } }]
      - steps: [{ say: 'You said {{prompt}}' }]
  builder:
    turns:
      - when: make
        steps:${tool('builds.make', '{}')}
          - say: 'It says: {{result}}'
      - when: build
        steps:${tool('builds.run', '{}')}
          - say: 'It says: {{result}}'
  patient:
    turns:
      - when: make
        steps:${tool('builds.make', '{}')}
          - say: 'It says: {{result}}'
      - when: speak
        steps: [{ say: 'word ', times: 1000, pieceMs: 100 }]
      - steps: [{ say: 'You said {{prompt}}' }]
  writer:
    turns:
      - when: '^first'
        steps:${write('kept.txt', 'one')}
          - say: Written.
      - when: '^second'
        steps:${write('kept.txt', 'two')}${write('new/more.txt', 'three')}${tool('fs.edit', '{ path: big.txt, edits: [{ oldText: "line 7\\nline 8", newText: "" }] }')}
          - say: Written.
`

/** Milliseconds that a subscription may be silent, where the caller says nothing else. */
const SILENT_MS = 1000
/** Milliseconds that a caller may ask for. */
const LONGEST_MS = 20_000

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey
let spoke: Spoke
let folder: string

const git = (cwd: string, args: readonly string[], env: Record<string, string> = {}): string =>
  execFileSync('git', args, { cwd, env: { ...process.env, ...env }, stdio: 'pipe' })
    .toString()
    .trim()
const treeOf = (name: string): string => join(folder, '.worktrees', name)

/** The hash of all files of a worktree, made without the hub. */
function treeHash(name: string): string {
  const index = join(folder, `.git/index-${uuidv7()}`)
  const env = { GIT_INDEX_FILE: index }
  git(treeOf(name), ['add', '-A'], env)
  return git(treeOf(name), ['write-tree'], env)
}

/** Says nothing for longer than a subscription may be silent by default. */
const silentBuild = subscription(
  {
    id: 'builds.run',
    description: 'Builds without a word.',
    input: Type.Object({}),
    output: Type.Object({ built: Type.Boolean() }),
  },
  async function* build() {
    await sleep(3 * SILENT_MS)
    yield { built: true }
  },
)

/** Takes longer than any other caller may ask for. */
const slowBuild = mutation(
  {
    id: 'builds.make',
    description: 'Builds for long.',
    input: Type.Object({}),
    output: Type.Object({ built: Type.Boolean() }),
  },
  async () => {
    await sleep(LONGEST_MS + 2000)
    return { built: true }
  },
)

/** Set: each restore of files waits for it. */
let restoring: { readonly begun: () => void; readonly go: Promise<void> } | undefined

/** The operations of the spoke; `git.restore` waits where a test says so. */
const operations = async (): Promise<SpokeOperation[]> =>
  (await devOperations({ folder, allowShell: false })).map((one) => {
    if (one.namespace !== 'git' || one.name !== 'restore') return one
    const restore: SpokeHandler = async (input, context) => {
      restoring?.begun()
      await restoring?.go
      return one.handler(input, context)
    }
    return { ...one, handler: restore }
  })

const attach = async (): Promise<void> => {
  spoke = attachSpoke({
    hub: hub.broker,
    key: user.key,
    name: 'desk',
    spokeType: 'dev-env',
    operations: [...(await operations()), silentBuild, slowBuild],
  })
  await spoke.attached()
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'alkhub-work-')))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  git(folder, ['init', '-q', '-b', 'main'])
  git(folder, ['config', 'user.email', 'a@b.c'])
  git(folder, ['config', 'user.name', 'a'])
  const lines = Array.from({ length: 1200 }, (_, index) => `line ${index}`).join('\n')
  writeFileSync(join(folder, 'big.txt'), `${lines}\n`)
  git(folder, ['add', '.'])
  git(folder, ['commit', '-qm', 'first'])
  const scripts = mkdtempSync(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rmSync(scripts, { recursive: true, force: true }))
  writeFileSync(join(scripts, 'work.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder: scripts }))
  hub = stack.use(
    await startTestStack({
      sessions: { firstByteMs: 20_000 },
      limits: { subscriptionIdleTimeoutMs: SILENT_MS, maxCallTimeoutMs: LONGEST_MS },
    }),
  )
  user = await hub.createKey(['*'])
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
  await attach()
})
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await stack.disposeAsync()
})

async function ok<T = Record<string, unknown>>(id: string, input: object, key = user): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

const role = (name: string, data: object) =>
  ok(
    'roles.create',
    {
      name,
      mode: 'primary',
      permissions: [{ action: '*', permission: 'allow', pattern: '*' }],
      scopes: ['*'],
      data,
    },
    hub.admin,
  )
const get = (sessionId: string) => ok<Session>('sessions.get', { sessionId })
const ended = (sessionId: string): Promise<Session> =>
  vi.waitFor(
    async () => {
      const session = await get(sessionId)
      expect([session.turnId, session.status]).toEqual([
        undefined,
        expect.stringMatching(/idle|failed/),
      ])
      return session
    },
    { timeout: 90_000, interval: 200 },
  )
/** A session in a worktree of its own, below a session without turns. */
async function spawn(name: string, prompt: string, more: object): Promise<string> {
  const { sessionId } = await ok<Session>('sessions.create', { mode: 'external', title: 'Lead' })
  const worktree = { spoke: 'desk', name }
  const input = { parentSessionId: sessionId, prompt, worktree, ...more }
  return (await ok<CoordSpawnOutput>('coord.spawn', input)).session.sessionId
}
const messagesOf = async (sessionId: string): Promise<SessionMessage[]> =>
  (await ok<{ items: SessionMessage[] }>('sessions.messages', { sessionId })).items.toReversed()
const compactions = (messages: readonly SessionMessage[]): number =>
  messages.filter(({ parts }) => parts.some(({ type }) => type === 'compaction')).length

test('R9: summaries that do not help end the turn after two, with a text, and a fork from a message goes on', async () => {
  await role('tiny', { contextTokens: 2000 })
  const { sessionId } = await ok<Session>('sessions.create', {
    model: 'scripted/talker',
    role: 'tiny',
    prompt: 'hello',
  })
  await ended(sessionId)
  const [first] = await messagesOf(sessionId)
  await ok('sessions.prompt', { sessionId, text: `long ${'x'.repeat(8000)}` })
  const full = await ended(sessionId)
  expect(full).toMatchObject({
    endReason: 'context-exhausted',
    endError: { code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('does not fit') },
  })
  expect(compactions(await messagesOf(sessionId))).toBe(2)
  const fork = await ok<Session>('sessions.fork', { sessionId, messageId: must(first).messageId })
  expect((await messagesOf(fork.sessionId)).map(({ role }) => role)).toEqual(['user'])
  await ok('sessions.prompt', { sessionId: fork.sessionId, text: 'again' })
  expect(await ended(fork.sessionId)).toMatchObject({ endReason: 'completed' })
})

test('R9: a turn whose summary fails ends with the reason of that call', async () => {
  await role('narrow', { contextTokens: 2000 })
  const { sessionId } = await ok<Session>('sessions.create', {
    model: 'scripted/tired',
    role: 'narrow',
    prompt: `long ${'x'.repeat(8000)}`,
  })
  expect(await ended(sessionId)).toMatchObject({
    endReason: 'provider-error',
    endError: { message: expect.stringContaining('No summary today') },
  })
  expect(compactions(await messagesOf(sessionId))).toBe(0)
})

test('R10: with a window of 8,000 tokens a session makes the same files as with one of 200,000', async () => {
  await role('small', { contextTokens: 8000 })
  const made = async (name: string, more: object) => {
    const id = await spawn(name, 'make the files', { model: 'scripted/planner', ...more })
    expect(await ended(id)).toMatchObject({ endReason: 'completed' })
    return { tree: treeHash(name), summaries: compactions(await messagesOf(id)) }
  }
  const small = await made('small', { role: 'small' })
  const large = await made('large', {})
  expect(readFileSync(join(treeOf('large'), 'c.txt'), 'utf8')).toBe('three')
  expect([small.summaries, large.summaries]).toEqual([2, 0])
  expect(small.tree).toBe(large.tree)
})

test('R10: open todos stand beside a summary from the rows of their calls; a revert and a fork have those of their conversation', async () => {
  const permissions = [
    { action: 'fs.read', permission: 'allow', pattern: '*' },
    { action: '*', permission: 'deny', pattern: '*' },
  ]
  const data = { contextTokens: 8000, nativeTools: ['sessions.setTodos'] }
  const keeper = { name: 'keeper', mode: 'primary', permissions, scopes: ['*'], data }
  await ok('roles.create', keeper, hub.admin)
  const id = await spawn('todos', 'plan', { model: 'scripted/keeper', role: 'keeper' })
  expect(await ended(id)).toMatchObject({ endReason: 'completed' })
  const messages = await messagesOf(id)
  expect(compactions(messages)).toBe(1)
  expect(JSON.stringify(messages.at(-1)?.parts)).toContain('Painted.')
  const kept = [
    { text: 'Dig', status: 'done' },
    { text: 'Paint', status: 'done' },
    { text: 'Sell', status: 'open' },
  ]
  expect((await get(id)).todos).toEqual(kept)
  const fork = await ok<Session>('sessions.fork', { sessionId: id })
  expect((await get(fork.sessionId)).todos).toEqual(kept)
  await ok('sessions.revert', { sessionId: id, messageId: must(messages[0]).messageId })
  expect((await get(id)).todos).toBeUndefined()
  await ok('sessions.unrevert', { sessionId: id })
  expect((await get(id)).todos).toEqual(kept)
  const foreign = await call(hub, user, 'sessions.setTodos', { todos: [] })
  expect([foreign.status, foreign.body.code]).toEqual([403, 'ACCESS_DENIED'])
})

test('R11: after a revert the hash of the files is that from before the message, after its undoing that from behind it', async () => {
  const id = await spawn('writer', 'first', { model: 'scripted/writer' })
  await ended(id)
  const before = treeHash('writer')
  await ok('sessions.prompt', { sessionId: id, text: 'second' })
  expect(await ended(id)).toMatchObject({ endReason: 'completed' })
  const after = treeHash('writer')
  expect(after).not.toBe(before)
  const second = must(
    (await messagesOf(id)).find(({ parts }) => JSON.stringify(parts).includes('"second"')),
  )
  const reverted = await ok('sessions.revert', { sessionId: id, messageId: second.messageId })
  expect(reverted).toMatchObject({ files: 'restored', tree: before })
  expect(treeHash('writer')).toBe(before)
  expect(JSON.stringify(await messagesOf(id))).not.toContain('"second"')
  expect(await ok('sessions.unrevert', { sessionId: id })).toMatchObject({ files: 'restored' })
  expect(treeHash('writer')).toBe(after)
})

test('R11: reverts to one message, and reverts on reverts, are undone to the files that each of them found, also after the spoke was unavailable', async () => {
  const id = await spawn('reverter', 'first', { model: 'scripted/writer' })
  await ended(id)
  const start = treeHash('reverter')
  await ok('sessions.prompt', { sessionId: id, text: 'second' })
  await ended(id)
  const second = treeHash('reverter')
  const prompts = (await messagesOf(id)).filter(({ role }) => role === 'user')
  const [one, two] = prompts.map(({ messageId }) => messageId)
  const revert = (messageId: string | undefined) =>
    ok('sessions.revert', { sessionId: id, messageId: must(messageId) })
  const unrevert = () => call(hub, user, 'sessions.unrevert', { sessionId: id })
  await revert(two)
  await unrevert()
  expect(treeHash('reverter')).toBe(second)

  // Other files at the same place of the conversation.
  writeFileSync(join(treeOf('reverter'), 'by-hand.txt'), 'kept')
  const byHand = treeHash('reverter')
  await revert(two)
  expect(treeHash('reverter')).toBe(start)
  await revert(one)
  const empty = treeHash('reverter')
  expect(empty).not.toBe(start)
  expect((await unrevert()).body).toMatchObject({ data: { files: 'restored', tree: start } })
  expect(treeHash('reverter')).toBe(start)

  await spoke.stop()
  expect((await unrevert()).status).toBeGreaterThanOrEqual(400)
  await attach()
  expect((await unrevert()).body).toMatchObject({ data: { files: 'restored', tree: byHand } })
  expect(treeHash('reverter')).toBe(byHand)
  expect((await messagesOf(id)).filter(({ role }) => role === 'user')).toHaveLength(2)
  expect((await unrevert()).status).toBe(409)
})

test('H17: no turn begins while a revert or its undoing restores the files, and what was said meanwhile comes after it', async () => {
  const id = await spawn('held', 'first', { model: 'scripted/writer' })
  await ended(id)
  const start = treeHash('held')
  await ok('sessions.prompt', { sessionId: id, text: 'second' })
  await ended(id)
  const second = treeHash('held')
  const [, two] = (await messagesOf(id)).filter(({ role }) => role === 'user')
  const { messageId } = must(two)
  const typesAfter = async (seq: number) =>
    (
      await hub.database.sql<{ type: string }[]>`
        select type from session_events where session_id = ${id} and seq > ${seq}
          and type in ('messages.reverted', 'messages.restored', 'turn.started') order by seq`
    ).map(({ type }) => type)
  const latest = async () =>
    Number(
      must(
        (
          await hub.database.sql<{ seq: string }[]>`
            select event_seq as seq from sessions where id = ${id}`
        )[0],
      ).seq,
    )
  /** Makes the call, and a prompt while it restores files. */
  const during = async (operation: string, input: object, text: string) => {
    const begun = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    restoring = { begun: begun.resolve, go: go.promise }
    try {
      const done = call(hub, user, operation, { sessionId: id, ...input })
      await begun.promise
      await ok('sessions.prompt', { sessionId: id, text })
      const again = await call(hub, user, 'sessions.revert', { sessionId: id, messageId })
      expect([again.status, again.body.code]).toEqual([409, 'CONFLICT'])
      // Longer than the lease of a hold that is not renewed, and than the sweeps for sessions that are due.
      await sleep(8000)
      const held = await get(id)
      expect([held.status, held.turnId]).toEqual(['running', undefined])
      go.resolve()
      const { status, body } = await done
      expect([status, body]).toMatchObject([200, { data: { files: 'restored' } }])
    } finally {
      restoring = undefined
      go.resolve()
    }
  }

  let seq = await latest()
  await during('sessions.revert', { messageId }, 'second, once more')
  await ended(id)
  expect(await typesAfter(seq)).toEqual(['messages.reverted', 'turn.started'])
  // The same files again, written by the turn that came after.
  expect(treeHash('held')).toBe(second)
  const said = (await messagesOf(id)).filter(({ role }) => role === 'user')
  expect(JSON.stringify(said.at(-1))).toContain('second, once more')

  const { messageId: last } = must(said.at(-1))
  expect(await ok('sessions.revert', { sessionId: id, messageId: last })).toMatchObject({
    tree: start,
  })
  seq = await latest()
  await during('sessions.unrevert', {}, 'anything')
  await ended(id)
  expect(await typesAfter(seq)).toEqual(['messages.restored', 'turn.started'])
  expect(treeHash('held')).toBe(second)
})

test('H17: a session is not reverted while one below it is live', async () => {
  const { sessionId: id } = await ok<Session>('sessions.create', {
    model: 'scripted/talker',
    prompt: 'hello',
  })
  await ended(id)
  const child = await ok<CoordSpawnOutput>('coord.spawn', {
    parentSessionId: id,
    prompt: 'anything',
    model: 'scripted/talker',
  })
  const { sessionId } = child.session
  await ended(sessionId)
  const [first] = await messagesOf(id)
  const revert = () =>
    call(hub, user, 'sessions.revert', { sessionId: id, messageId: must(first).messageId })
  const refused = await revert()
  expect(refused.body).toMatchObject({ code: 'CONFLICT', details: { sessionId } })
  await ok('sessions.archive', { sessionId })
  expect((await revert()).status).toBe(200)
})

test('a fork shows the tool calls of its origin as tool calls, and its model gets them as text', async () => {
  const id = await spawn('forked', 'first', { model: 'scripted/writer' })
  await ended(id)
  const fork = await ok<Session>('sessions.fork', { sessionId: id })
  const calls = (await messagesOf(fork.sessionId)).flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'tool-call' ? [part.toolCall] : [])),
  )
  expect(calls).toMatchObject([
    { status: 'done', toolName: 'call', input: { path: 'kept.txt' }, output: expect.any(String) },
  ])
  await ok('sessions.prompt', { sessionId: fork.sessionId, text: 'anything' })
  expect(await ended(fork.sessionId)).toMatchObject({ endReason: 'completed' })
})

test.each([
  ['is silent for longer than other subscriptions may be', 'build it', '[{"built":true}]'],
  ['takes longer than other calls may take', 'make it', '{"built":true}'],
])('a tool that %s goes on as long as its turn', async (_what, prompt, output) => {
  const { sessionId } = await ok<Session>('sessions.create', {
    model: 'scripted/builder',
    prompt,
  })
  expect(await ended(sessionId)).toMatchObject({ endReason: 'completed' })
  const calls = (await messagesOf(sessionId)).flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'tool-call' ? [part.toolCall] : [])),
  )
  expect(calls).toMatchObject([{ status: 'done', output }])
})

test.each([
  [true, 'completed', 'done'],
  [false, 'revoked', 'unknown'],
])(
  'H4: a key that is rotated while a call of its session runs, with moveGrants %s: the turn ends as %s, the call as %s, and the session takes the next prompt',
  async (moveGrants, endReason, status) => {
    const key = await hub.createKey(['*'], user.accountId)
    // One that ends by itself soon, and one that is ended long before.
    const input = { model: 'scripted/builder', prompt: moveGrants ? 'build it' : 'make it' }
    const { sessionId } = await ok<Session>('sessions.create', input, key)
    const statusNow = async () => {
      const [row] = await hub.database
        .sql`select status from tool_calls where session_id = ${sessionId}`
      return row?.['status'] as unknown
    }
    await vi.waitFor(async () => expect(await statusNow()).toBe('dispatched'), {
      timeout: 30_000,
      interval: 50,
    })
    await ok('keys.rotate', { keyId: key.keyId, moveGrants })
    // Without rights it waits for new ones.
    await vi.waitFor(async () => expect(await get(sessionId)).toMatchObject({ endReason }), {
      timeout: 60_000,
      interval: 200,
    })
    expect(await statusNow()).toBe(status)
    await ok('sessions.prompt', { sessionId, text: 'build it again' })
    await vi.waitFor(
      async () => expect(await get(sessionId)).toMatchObject({ endReason: 'completed' }),
      { timeout: 60_000, interval: 200 },
    )
  },
)

test('H14: a turn waits while the spoke of its worktree is not attached, goes on when it returns, and ends when it does not', async () => {
  const id = await spawn('away', 'first', { model: 'scripted/writer' })
  await ended(id)
  await spoke.stop()
  await ok('sessions.prompt', { sessionId: id, text: 'second' })
  const waits = (): Promise<void> =>
    vi.waitFor(
      async () => expect(await get(id)).toMatchObject({ status: 'waiting', waitingOn: 'spoke' }),
      { timeout: 60_000, interval: 200 },
    )
  await waits()
  const [held] = await hub.database.sql`select lease_until from sessions where id = ${id}`
  expect(held).toEqual({ lease_until: null })
  await attach()
  expect(await ended(id)).toMatchObject({ endReason: 'completed' })
  expect(readFileSync(join(treeOf('away'), 'kept.txt'), 'utf8')).toBe('two')

  await spoke.stop()
  await ok('sessions.prompt', { sessionId: id, text: 'first' })
  await waits()
  // As if it had been away for a day.
  await hub.database
    .sql`update spokes set disconnected_at = now() - interval '1 day' where name = 'desk'`
  await hub.database
    .sql`update turns set started_at = now() - interval '1 day' where session_id = ${id}`
  await hub.database
    .sql`update sessions set wake_at = now(), wake_seq = wake_seq + 1 where id = ${id}`
  expect(await ended(id)).toMatchObject({
    status: 'failed',
    endReason: 'spoke-gone',
    endError: { message: 'The spoke desk of the session did not return.' },
  })
  await attach()
  await ok('sessions.prompt', { sessionId: id, text: 'first' })
  await vi.waitFor(async () => expect((await get(id)).endReason).toBe('completed'), {
    timeout: 60_000,
    interval: 200,
  })
})

test('R15: a document with texts that cannot be stored is imported with U+FFFD in their places', async () => {
  const parts = [
    { type: 'text', text: 'a\0b' },
    { type: 'tool', tool: 'ba\0sh', state: { status: 'completed', output: 'half \ud800' } },
  ]
  const document = { info: { title: 'A\0 title' }, messages: [{ info: { role: 'user' }, parts }] }
  const made = await ok<{ session: Session }>('sessions.import', { document, title: 'T\udc00' })
  expect(made.session.title).toBe('T\u{fffd}')
  const [message] = await messagesOf(made.session.sessionId)
  expect(message?.parts).toMatchObject([
    { type: 'text', text: 'a\u{fffd}b' },
    { type: 'text', text: expect.stringContaining('ba\u{fffd}sh') },
  ])
  expect(JSON.stringify(message?.parts)).toContain('half \u{fffd}')
})

test('sessions.create with one id and one input makes one session, however many ask at once, and refuses another input', async () => {
  const sessionId = uuidv7()
  const input = { sessionId, model: 'scripted/talker', prompt: 'one', title: 'Once' }
  const made = await Promise.all(
    Array.from({ length: 12 }, () => call(hub, user, 'sessions.create', input)),
  )
  expect(made.map(({ status, body }) => [status, body.data?.sessionId])).toEqual(
    made.map(() => [200, sessionId]),
  )
  await ended(sessionId)
  expect((await messagesOf(sessionId)).map(({ role }) => role)).toEqual(['user', 'assistant'])
  expect(await ok('sessions.create', input)).toMatchObject({ sessionId })
  const other = await call(hub, user, 'sessions.create', { ...input, prompt: 'two' })
  expect([other.status, other.body.code]).toEqual([409, 'CONFLICT'])
  const key = await hub.createKey(['*'])
  const foreign = await call(hub, key, 'sessions.create', input)
  expect([foreign.status, foreign.body.code]).toEqual([409, 'CONFLICT'])
})

test('a model that there is not is refused with its name and what to do, before a session is made', async () => {
  const count = async () => {
    const [row] = await hub.database.sql<{ n: number }[]>`select count(*)::int as n from sessions`
    return row?.n
  }
  const lead = await ok<Session>('sessions.create', { mode: 'external', title: 'Lead' })
  const before = await count()
  for (const [id, input] of [
    ['sessions.create', { model: 'scriptd/talker', prompt: 'x' }],
    ['sessions.create', { model: 'nothing' }],
    ['coord.spawn', { parentSessionId: lead.sessionId, model: 'scriptd/talker', prompt: 'x' }],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { status, body } = await call(hub, user, id, input)
    expect([status, body.code, body.detail]).toEqual([
      404,
      'MODEL_NOT_FOUND',
      expect.stringContaining(`"${input.model}"`),
    ])
    expect(body.detail).toContain('/v1/models')
  }
  const without = await call(hub, user, 'sessions.create', { prompt: 'x' })
  expect([without.status, without.body.code, without.body.detail]).toEqual([
    400,
    'VALIDATION_ERROR',
    expect.stringContaining('No model is set'),
  ])
  expect(await count()).toBe(before)
})

test('a model that fails leaves a text in the session', async () => {
  const { sessionId } = await ok<Session>('sessions.create', {
    model: 'scripted/refuses-key',
    prompt: 'hello',
  })
  const session = await ended(sessionId)
  expect(session.endReason).toBe('provider-error')
  expect(must(session.endError).message).not.toBe('')
})

test('a role says model, steps and tools of its sessions', async () => {
  await role('settled', { model: 'scripted/writer', nativeTools: ['fs.read'], maxSteps: 1 })
  expect(await ok('roles.get', { name: 'settled' })).toMatchObject({
    data: { model: 'scripted/writer', nativeTools: ['fs.read'], maxSteps: 1 },
  })
  const { sessionId } = await ok<Session>('sessions.create', { role: 'settled', prompt: 'second' })
  expect(await ended(sessionId)).toMatchObject({ endReason: 'turn-limit' })
  await ok('roles.update', { name: 'settled', data: null }, hub.admin)
  expect(await ok('roles.get', { name: 'settled' })).not.toHaveProperty('data')
  const wrong = await call(hub, hub.admin, 'roles.update', {
    name: 'settled',
    data: { modle: 'x' },
  })
  expect(wrong.status).toBe(400)
})

test('C34: a role limits the time of a turn and of its steps, with a reason and the code, and the session takes the next prompt', async () => {
  const wrong = await call(hub, hub.admin, 'roles.create', {
    name: 'instant',
    mode: 'primary',
    data: { stepMs: 10 },
  })
  expect([wrong.status, wrong.body.code]).toEqual([400, 'VALIDATION_ERROR'])
  await role('hurried', { model: 'scripted/patient', turnMs: 2000 })
  await role('stepped', { model: 'scripted/patient', stepMs: 1500 })
  expect(await ok('roles.get', { name: 'stepped' })).toMatchObject({ data: { stepMs: 1500 } })
  const made = async (name: string, prompt: string): Promise<string> =>
    (await ok<Session>('sessions.create', { role: name, prompt })).sessionId
  const toolCall = async (sessionId: string) =>
    (await messagesOf(sessionId)).flatMap(({ parts }) =>
      parts.flatMap((part) => (part.type === 'tool-call' ? [part.toolCall] : [])),
    )
  const failed = [{ status: 'failed', error: { code: 'TIMEOUT' } }]

  const begunAt = performance.now()
  const hurried = await made('hurried', 'make it')
  expect(await ended(hurried)).toMatchObject({
    endReason: 'turn-limit',
    endError: { code: 'TIMEOUT' },
  })
  expect(await toolCall(hurried)).toMatchObject(failed)
  expect(performance.now() - begunAt).toBeLessThan(LONGEST_MS)

  // The call of a step ends with it; the model hears of it, and the turn goes on.
  const stepped = await made('stepped', 'make it')
  expect(await ended(stepped)).toMatchObject({ endReason: 'completed' })
  expect(await toolCall(stepped)).toMatchObject(failed)

  const speaks = await made('stepped', 'speak')
  expect(await ended(speaks)).toMatchObject({
    endReason: 'turn-limit',
    endError: { code: 'TIMEOUT', message: expect.stringContaining('its step') },
  })
  for (const sessionId of [hurried, stepped, speaks]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await ok('sessions.prompt', { sessionId, text: 'hello' })
    // oxlint-disable-next-line no-await-in-loop -- as above
    await vi.waitFor(async () => expect((await get(sessionId)).endReason).toBe('completed'), {
      timeout: 60_000,
      interval: 200,
    })
  }
})
