import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session, SessionMessage } from '@alkdev/contracts/agents'
import { devOperations } from '@alkdev/dev-spoke'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke } from '@alkdev/spoke'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { compileCache } from '../compile-cache.ts'
import { CuttableLink } from '../cuttable-link.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'
import { commandMain } from '../programs.ts'

const main = commandMain()
/** Milliseconds that a command may take to say what is expected of it. */
const SAY_MS = 30_000
const SCRIPT = `
models:
  chat:
    turns:
      - when: write
        steps:
          - say: I write it.
            calls:
              - tool: call
                arguments: { operationId: dev.desk.fs.write, input: { path: a.txt, content: b } }
          - say: 'It is written.'
      - when: other
        steps:
          - calls:
              - tool: call
                arguments: { operationId: dev.desk.fs.write, input: { path: other.txt, content: b } }
          - say: 'The other one is not written.'
      - when: slow
        steps: [{ say: 'word ', times: 300, pieceChars: 5, pieceMs: 40 }]
      - steps: [{ say: 'You said {{prompt}}.' }]
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-terminal-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'chat.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder }))
  hub = stack.use(await startTestStack())
  await writeFile(join(folder, 'admin.key'), `${hub.admin.key}\n`, { mode: 0o600 })
  const spoke = attachSpoke({
    hub: hub.broker,
    key: hub.admin.key,
    name: 'desk',
    spokeType: 'dev-env',
    operations: await devOperations({ folder, allowShell: false }),
  })
  stack.defer(() => spoke.stop())
  await spoke.attached()
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
  })
  await ok('roles.create', {
    name: 'careful',
    mode: 'primary',
    scopes: ['*'],
    permissions: [
      { action: 'fs.write', permission: 'ask', pattern: '*' },
      { action: '*', permission: 'allow', pattern: '*' },
    ],
  })
})
afterAll(() => stack.disposeAsync())

async function ok<T>(id: string, input: object): Promise<T> {
  const { status, body } = await call(hub, hub.admin, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 500)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

const create = (more: object = {}): Promise<Session> =>
  ok('sessions.create', { model: 'scripted/chat', ...more })

async function answersOf(sessionId: string): Promise<string[]> {
  const page = await ok<{ items: SessionMessage[] }>('sessions.messages', { sessionId })
  return page.items
    .toReversed()
    .filter(({ role }) => role === 'assistant')
    .map(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')).join(''))
}

interface Running extends AsyncDisposable {
  readonly out: () => string
  type(keys: string): void
  /** Ends standard input after this text. */
  end(text: string): void
  /** Waits until the output has the text, after what an earlier call found. */
  says(text: string): Promise<void>
  readonly code: Promise<number | null>
}

/** Runs a command of alkhub; on a terminal of 80 columns with `terminal`. */
function alkhub(
  argv: readonly string[],
  options: { hub?: string; terminal?: boolean } = {},
): Running {
  const flags = ['--hub', options.hub ?? hub.gateway, '--key-file', join(folder, 'admin.key')]
  const words = [process.execPath, main, ...argv, ...flags]
  const quoted = words.map((word) => `'${word}'`).join(' ')
  const [file = '', ...args] = options.terminal
    ? ['script', '-qfec', `stty cols 80 rows 24; ${quoted}`, '/dev/null']
    : words
  const env = { ...compileCache(), PATH: process.env['PATH'] ?? '', TERM: 'xterm', NO_COLOR: '1' }
  const child = spawn(file, args, { cwd: folder, env, detached: true })
  let out = ''
  let found = 0
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const code = once(child, 'close').then(([status]) => status as number | null)
  return {
    out: () => out,
    type: (keys) => void child.stdin.write(keys),
    end: (text) => void child.stdin.end(text),
    async says(text) {
      await vi
        .waitUntil(() => out.includes(text, found), { timeout: SAY_MS })
        .catch(() => {
          throw new Error(`It did not say ${text}: ${out}`)
        })
      found = out.indexOf(text, found) + text.length
    },
    code,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      await code
    },
  }
}

const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

test.runIf(hasScript)(
  'on a terminal an approval is answered with a key for the whole session, and Ctrl-C stops the turn and not the session',
  async () => {
    const session = await create({ role: 'careful' })
    await using chat = alkhub(['sessions', 'attach', session.slug], { terminal: true })
    await chat.says('> ')
    chat.type('write\r')
    await chat.says('dev.desk.fs.write needs an approval')
    await chat.says('v view all')
    chat.type('s')
    await chat.says('✓ dev.desk.fs.write')
    await chat.says('It is written.')
    await chat.says('> ')
    // Allowed in this session: it is not asked again.
    chat.type('write\r')
    await chat.says('It is written.')
    await chat.says('> ')
    // Another file is not.
    chat.type('other\r')
    await chat.says('dev.desk.fs.write needs an approval')
    chat.type('d')
    await chat.says('Reason for the model')
    chat.type('\r')
    await chat.says('The other one is not written.')
    await chat.says('> ')
    chat.type('slow\r')
    await chat.says('word word')
    chat.type('\u0003')
    await chat.says('Stopped.')
    await chat.says('> ')
    chat.type('hello\r')
    await chat.says('You said hello.')
    await chat.says('> ')
    chat.type('\u0004')
    await chat.says('Attach again with')
    expect(await chat.code).toBe(0)
    // The conversation so far is above the first prompt.
    await using again = alkhub(['sessions', 'attach', session.slug], { terminal: true })
    await again.says('You said hello.')
    await again.says('> ')
    again.type('\u0004')
    expect(await again.code).toBe(0)
    expect(await ok<Session>('sessions.get', { sessionId: session.sessionId })).toMatchObject({
      status: 'idle',
    })
  },
)

test('the answer is whole after the connection was cut in its middle', async () => {
  await using link = await CuttableLink.to(hub.gateway)
  const { sessionId } = await create()
  await using shown = alkhub(['sessions', 'prompt', sessionId, 'slow'], { hub: link.url })
  await shown.says('word word')
  link.cut()
  expect(await shown.code).toBe(0)
  const text = shown
    .out()
    .replaceAll(/(The connection was lost; trying again|Connected again)\.\n/g, '')
  expect(text.trimEnd()).toBe('word '.repeat(300).trimEnd())
  expect((await answersOf(sessionId)).join('')).toBe('word '.repeat(300))
})

test('lines of standard input are prompts, and events are JSON for programs', async () => {
  const { sessionId } = await create()
  await using piped = alkhub(['sessions', 'attach', sessionId])
  piped.end('one\n\ntwo\n')
  expect(await piped.code).toBe(0)
  expect(piped.out()).toBe('> one\nYou said one.\n> two\nYou said two.\n')
  await using events = alkhub(['sessions', 'prompt', sessionId, 'three', '--json'])
  expect(await events.code).toBe(0)
  const types = events
    .out()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type)
  // Nothing of the session before the message.
  expect(types[0]).toBe('message.accepted')
  expect(types).not.toContain('snapshot')
  expect(events.out()).not.toContain('You said one')
  expect(types).toContain('message.answered')
  expect(types.at(-1)).toBe('turn.ended')
})

test('a session of more than fits into a call is imported, exported and imported again whole', async () => {
  const messages = Array.from({ length: 60 }, (_, nr) => ({
    role: nr % 2 === 0 ? 'user' : 'assistant',
    parts: [
      { type: 'text', text: `${nr} ${'ü'.repeat(40_000)}` },
      ...(nr === 40 ? [{ type: 'picture' }] : []),
    ],
  }))
  const document = {
    format: 'alkhub.session.v1',
    session: { title: 'Long', instructions: 'Be brief.' },
    messages,
  }
  const run = async (...argv: string[]): Promise<string> => {
    await using command = alkhub(argv)
    expect([await command.code, command.out().slice(0, 500)]).toEqual([0, expect.anything()])
    return command.out()
  }
  await writeFile(join(folder, 'long.json'), JSON.stringify(document))
  const said = await run('sessions', 'import', 'long.json')
  expect(said).toContain('with 60 messages')
  expect(said).toContain('/messages/40/parts/1: a part of the type picture')
  const [{ sessionId } = { sessionId: '' }] = (
    await ok<{ items: Session[] }>('sessions.list', { limit: 1 })
  ).items
  const written = await run('sessions', 'export', sessionId, '--to', 'out.json', '--json')
  expect(JSON.parse(written)).toMatchObject({ messages: 60, shortened: [] })
  const out = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8')) as typeof document
  expect(out.session).toMatchObject(document.session)
  const textsOf = (of: typeof document) =>
    of.messages.map(({ role, parts }) => [role, parts[0]?.text])
  expect(textsOf(out)).toEqual(textsOf(document))
  const again = JSON.parse(
    await run('sessions', 'import', 'out.json', '--title', 'Again', '--json'),
  ) as { session: Session; messages: number }
  expect(again).toMatchObject({ messages: 60, session: { title: 'Again' } })

  // A piece for a session that is not as it was left is refused.
  const append = { sessionId: again.session.sessionId, after: 59 }
  const late = await call(hub, hub.admin, 'sessions.import', {
    append,
    document: { format: 'alkhub.session.v1', messages: [] },
  })
  expect([late.status, late.body.code]).toEqual([409, 'CONFLICT'])
  const otherKey = await hub.createKey(['*'])
  const foreign = await call(hub, otherKey, 'sessions.import', {
    append: { ...append, after: 60 },
    document: { format: 'alkhub.session.v1', messages: [] },
  })
  expect([foreign.status, foreign.body.code]).toEqual([404, 'SESSION_NOT_FOUND'])

  // A message that the hub takes in no call: nothing is left of the import.
  const before = await ok<{ items: Session[] }>('sessions.list', { archived: true, limit: 100 })
  messages[30] = { role: 'user', parts: [{ type: 'text', text: 'x'.repeat(1_100_000) }] }
  await writeFile(join(folder, 'large.json'), JSON.stringify(document))
  await using refused = alkhub(['sessions', 'import', 'large.json'])
  expect(await refused.code).toBe(1)
  expect(refused.out()).toContain('The message /messages/30 has')
  expect(refused.out()).toContain('limits.maxPayloadBytes')
  const left = await ok<{ items: Session[] }>('sessions.list', { archived: true, limit: 100 })
  expect(left.items.length).toBe(before.items.length)
})
