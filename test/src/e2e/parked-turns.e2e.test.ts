import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Approval } from '@alkdev/contracts'
import type {
  CoordAbortOutput,
  CoordMessageOutput,
  CoordSpawnOutput,
  Session,
  SessionMessage,
} from '@alkdev/contracts/agents'
import { startScriptedModel } from '@alkdev/scripted-model'
import { must, sleep, uuidv7 } from '@alkdev/std'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

// Turns that wait without a process (0430), and approvals that are asked of sessions above (0429), while what they depend on changes.

const tool = (operationId: string, input: string): string => `
              - tool: call
                arguments: { operationId: ${operationId}, input: ${input} }`
/** Times that no wait may have. */
const WRONG_TIMES = [
  ...['-1', '0', '1.5', '1.0e+308', '"5"', 'null', '[5]', '86400001'].map((ms) => `{ ms: ${ms} }`),
  '{}',
  '{ ms: 5, until: 9 }',
]

const SCRIPT = `
models:
  worker:
    turns:
      - when: '^sleep'
        steps:
          - calls:${tool('coord.sleep', '{ ms: 3600000 }')}
          - say: Slept.
      - when: '^nap'
        steps:
          - calls:${tool('coord.sleep', '{ ms: 5000 }')}
          - say: Napped.
      - when: '^wrong'
        steps:
          - calls:${WRONG_TIMES.map((input) => tool('coord.sleep', input)).join('')}
          - say: Never slept.
      - when: '^await'
        steps:
          - calls:${tool('calls.await', "{ callId: '{{prompt /await ([0-9a-f-]+)/}}' }")}
          - say: Awaited.
      - when: '^work'
        steps:
          - calls:${tool('tasks.list', '{}')}
          - say: Worked.
      - when: 'asks for an approval'
        steps:
          - calls:${tool('coord.sleep', '{ ms: 3600000 }')}
          - say: Slept over it.
      - when: '^(allow|deny) '
        steps:
          - calls:${tool('approvals.answer', "{ approvalId: '{{prompt /(?:allow|deny) ([0-9a-f-]+)/}}', decision: '{{prompt /(allow|deny)/}}' }")}
          - say: Tried.
      - steps:
          - say: 'You said {{prompt}}'
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey

beforeAll(async () => {
  const scripts = mkdtempSync(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rmSync(scripts, { recursive: true, force: true }))
  writeFileSync(join(scripts, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder: scripts }))
  hub = stack.use(
    await startTestStack({
      sessions: { maxChildren: 64, maxChildrenPerMinute: 1000, askAboveMs: 300_000 },
    }),
  )
  user = await hub.createKey(['*'])
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
  const all = { action: '*', permission: 'allow', pattern: '*' }
  const ask = { action: 'tasks.list', permission: 'ask', pattern: '*' }
  for (const [name, permissions] of [
    ['open', [all]],
    ['careful', [ask, all]],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop -- two
    await ok('roles.create', { name, mode: 'primary', scopes: ['*'], permissions }, hub.admin)
})
afterAll(() => stack.disposeAsync())
afterEach(() => void vi.useRealTimers())

async function ok<T = Record<string, unknown>>(id: string, input: object, key = user): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}
const refused = async (id: string, input: object): Promise<readonly unknown[]> => {
  const { status, body } = await call(hub, user, id, input)
  return [status, body.code]
}
const get = (sessionId: string, key = user): Promise<Session> =>
  ok('sessions.get', { sessionId }, key)
const until = (sessionId: string, expected: object, key = user): Promise<Session> =>
  vi.waitFor(
    async () => {
      const session = await get(sessionId, key)
      expect(session).toMatchObject(expected)
      return session
    },
    { timeout: 60_000, interval: 100 },
  )
const create = async (prompt: string, more: object = {}, key = user): Promise<string> => {
  const input = { model: 'scripted/worker', role: 'open', prompt, ...more }
  return (await ok<Session>('sessions.create', input, key)).sessionId
}
/** Asked again with the same key when the answer takes long: many at once wait for their tree. */
async function spawn(parentSessionId: string, role: string, prompt: string): Promise<string> {
  const input = { parentSessionId, role, prompt, model: 'scripted/worker', key: uuidv7() }
  return vi.waitFor(
    async () => (await ok<CoordSpawnOutput>('coord.spawn', input)).session.sessionId,
    { timeout: 90_000, interval: 500 },
  )
}
interface MadeCall {
  readonly status: string
  readonly output: string | null
  readonly error: string | null
}
const callsOf = async (sessionId: string): Promise<readonly MadeCall[]> =>
  (await hub.database
    .sql`select status, output, error from tool_calls where session_id = ${sessionId} order by step, idx`) as never
const codeOf = ({ status, error }: MadeCall): readonly unknown[] => [
  status,
  (JSON.parse(error ?? '{}') as { code?: string }).code,
]
/** The session is due: a process looks at what it waits for. */
async function look(sessionId: string): Promise<void> {
  const [before] = await hub.database.sql`
    update sessions set wake_seq = wake_seq + 1, wake_at = now() where id = ${sessionId} returning turn_token`
  await vi.waitFor(
    async () => {
      const [row] = await hub.database.sql`
        select turn_token > ${before?.['turn_token']}::bigint as looked from sessions where id = ${sessionId} and lease_until is null`
      expect(row).toEqual({ looked: true })
    },
    { timeout: 30_000, interval: 100 },
  )
}

test('an abort ends many parked turns at once: none of them goes on, and what they waited for stays', async () => {
  const lead = (await ok<Session>('sessions.create', { mode: 'external', title: 'Lead' })).sessionId
  const { callId } = await ok<{ callId: string }>('calls.enqueue', {
    ...{ operationId: 'sessions.list', input: { limit: 1 } },
    delayMs: 3_600_000,
  })
  const kinds = [
    ['open', 'sleep', 'timer'],
    ['open', `await ${callId}`, 'call'],
    ['careful', 'work', 'approval'],
  ] as const
  const spawned = await Promise.all(
    Array.from({ length: 8 }, () => kinds)
      .flat()
      .map(async ([role, prompt, waitingOn]) => ({
        id: await spawn(lead, role, prompt),
        waitingOn,
      })),
  )
  for (const { id, waitingOn } of spawned)
    // oxlint-disable-next-line no-await-in-loop -- all of them
    await until(id, { status: 'waiting', waitingOn })
  const steps = () => hub.database
    .sql`select count(*)::int as n from turn_steps where session_id in (
    select id from sessions where root_id = ${lead})`
  const before = await steps()

  const aborted = await ok<CoordAbortOutput>('coord.abort', { sessionId: lead })
  expect(aborted.acknowledged).toBe(true)
  const receipts = new Map(aborted.receipts.map((one) => [one.sessionId, one]))
  for (const { id } of spawned)
    expect(receipts.get(id)).toMatchObject({
      was: 'waiting',
      cancelledCalls: 1,
      stoppedAt: expect.any(String),
    })
  // The sweeps run meanwhile, and an answer that comes late.
  const left = await hub.database
    .sql`select id from approvals where status = 'open' and session_id in (
    select id from sessions where root_id = ${lead})`
  expect(left).toEqual([])
  const [late] = await hub.database.sql<{ id: string }[]>`
    select id from approvals where session_id = ${must(spawned[2]).id}`
  const answer = { approvalId: must(late).id, decision: 'allow' }
  expect(await refused('approvals.answer', answer)).toEqual([410, 'APPROVAL_EXPIRED'])
  await sleep(2500)
  expect(await steps()).toEqual(before)
  for (const { id } of spawned) {
    // oxlint-disable no-await-in-loop -- all of them
    expect(await get(id)).toMatchObject({ status: 'aborted', endReason: 'parent-abort' })
    expect((await callsOf(id)).map(({ status }) => status)).toEqual(['cancelled'])
    const events = await hub.database.sql`
      select type from session_events where session_id = ${id} and type in ('tool.changed', 'turn.ended') order by seq desc limit 2`
    expect(events).toEqual([{ type: 'turn.ended' }, { type: 'tool.changed' }])
    // oxlint-enable no-await-in-loop
  }
  expect(
    await hub.database.sql`select id from turn_waits where session_id in (
    select id from sessions where root_id = ${lead})`,
  ).toEqual([])
  expect(await ok('calls.get', { callId })).toMatchObject({ status: 'accepted' })
})

test('coord.sleep takes no time that is none, from a model and from another caller', async () => {
  const sessionId = await create('wrong')
  await until(sessionId, { status: 'idle', endReason: 'completed' })
  expect((await callsOf(sessionId)).map((one) => codeOf(one))).toEqual(
    WRONG_TIMES.map(() => ['failed', 'VALIDATION_ERROR']),
  )
  for (const ms of [-1, 0, 1.5, '5', null, 86_400_001])
    // oxlint-disable-next-line no-await-in-loop -- six
    expect(await refused('coord.sleep', { ms })).toEqual([400, 'VALIDATION_ERROR'])
  expect(await ok('coord.sleep', { ms: 1 })).toEqual({ leftMs: 0 })
})

test('a clock of the machine that jumps ends no wait, and prolongs none', async () => {
  const long = await create('sleep')
  const short = await create('nap')
  for (const id of [long, short])
    // oxlint-disable-next-line no-await-in-loop -- two
    await until(id, { status: 'waiting', waitingOn: 'timer' })
  for (const hours of [3, -3]) {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3_600_000 })
    // oxlint-disable-next-line no-await-in-loop -- one jump after the other
    await look(long)
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await get(long)).toMatchObject({ status: 'waiting', waitingOn: 'timer' })
  }
  await until(short, { status: 'idle', endReason: 'completed' })
  expect(JSON.parse(must((await callsOf(short))[0]).output ?? '')).toEqual({ leftMs: 0 })
  await ok('sessions.stop', { sessionId: long })
})

test('a parked turn is forked without its wait, and neither reverted nor archived; it goes on', async () => {
  const sessionId = await create('nap')
  await until(sessionId, { status: 'waiting', waitingOn: 'timer' })
  const fork = await ok<Session>('sessions.fork', { sessionId })
  const { items } = await ok<{ items: SessionMessage[] }>('sessions.messages', { sessionId })
  const { messageId } = must(items.at(-1))
  expect(await refused('sessions.revert', { sessionId, messageId })).toEqual([409, 'CONFLICT'])
  expect(await refused('sessions.archive', { sessionId })).toEqual([409, 'CONFLICT'])
  await ok('sessions.prompt', { sessionId: fork.sessionId, text: 'hello' })
  expect(await until(fork.sessionId, { status: 'idle' })).toMatchObject({ endReason: 'completed' })
  // The scripted model refuses a history in which a call has no result.
  await until(sessionId, { status: 'idle', endReason: 'completed' })
  expect((await callsOf(sessionId)).map(({ status }) => status)).toEqual(['done'])
  await ok('sessions.revert', { sessionId, messageId })
})

test('H4: a parked turn goes on with the key that replaced its own, and ends when its key is revoked', async () => {
  const first = await hub.createKey(['*'], user.accountId)
  const moved = await create('nap', {}, first)
  await until(moved, { status: 'waiting', waitingOn: 'timer' })
  await ok('keys.rotate', { keyId: first.keyId, moveGrants: true, graceMs: 0 })
  await until(moved, { status: 'idle', endReason: 'completed' })

  const second = await hub.createKey(['*'], user.accountId)
  const lost = await create('nap', {}, second)
  await until(lost, { status: 'waiting', waitingOn: 'timer' })
  await ok('keys.revoke', { keyId: second.keyId })
  await until(lost, { status: 'waiting', waitingOn: 'grant', endReason: 'revoked' })
  expect((await callsOf(lost)).map(({ status }) => status)).toEqual(['cancelled'])
  await ok('sessions.prompt', { sessionId: lost, text: 'hello' })
  await until(lost, { status: 'idle', endReason: 'completed' })
})

/** A session below one that is asked whether it may call, and the approval. */
async function asking(askedOf: string, parent = askedOf): Promise<readonly [string, string]> {
  const below = await spawn(parent, 'careful', 'work')
  const approvalId = await vi.waitFor(
    async () => {
      const [row] = await hub.database.sql<{ id: string }[]>`
        select id from approvals where session_id = ${below} and asked_of = ${[`session:${askedOf}`]}`
      return must(row).id
    },
    { timeout: 60_000, interval: 100 },
  )
  return [below, approvalId]
}
const approvalOf = (approvalId: string): Promise<Approval> => ok('approvals.get', { approvalId })
async function answered(sessionId: string, text: string): Promise<readonly unknown[]> {
  const { message } = await ok<CoordMessageOutput>('coord.message', {
    sessionId,
    text,
    mode: 'interrupt',
  })
  await vi.waitFor(
    async () => {
      const rows = await hub.database
        .sql`select delivery from messages where id = ${message.messageId}`
      expect(rows).toEqual([{ delivery: 'answered' }])
    },
    { timeout: 60_000, interval: 100 },
  )
  return codeOf(must((await callsOf(sessionId)).at(-1)))
}

async function archive(sessionId: string): Promise<void> {
  await ok('sessions.stop', { sessionId })
  await until(sessionId, { status: 'idle' })
  await ok('sessions.archive', { sessionId })
}

test('H7: a session that is asked and then archived leaves the question to the next one, and then to persons', async () => {
  const top = await create('hello')
  await until(top, { status: 'idle' })
  const middle = await spawn(top, 'open', 'hello')
  await until(middle, { status: 'idle' })
  const [below, approvalId] = await asking(middle)
  await until(middle, { status: 'waiting', waitingOn: 'timer' })
  await archive(middle)
  await vi.waitFor(
    async () => expect((await approvalOf(approvalId)).askedOf).toEqual([`session:${top}`]),
    { timeout: 30_000, interval: 100 },
  )
  expect(await refused('sessions.delete', { sessionId: middle })).toEqual([409, 'CONFLICT'])
  await until(top, { status: 'waiting', waitingOn: 'timer' })
  await archive(top)
  // It has no session below it that is not archived.
  await ok('sessions.delete', { sessionId: top })
  await vi.waitFor(async () => expect((await approvalOf(approvalId)).askedOf).toEqual([]), {
    timeout: 30_000,
    interval: 100,
  })
  await ok('approvals.answer', { approvalId, decision: 'allow' })
  await until(below, { status: 'idle', endReason: 'completed' })
})

test('H7: an approval whose session is aborted while another one is asked takes no answer of it any more', async () => {
  const top = await create('hello')
  await until(top, { status: 'idle' })
  const [below, approvalId] = await asking(top)
  await ok('coord.abort', { sessionId: below })
  expect(await approvalOf(approvalId)).toMatchObject({ status: 'withdrawn' })
  expect(await answered(top, `allow ${approvalId}`)).toEqual(['failed', 'APPROVAL_EXPIRED'])
  expect((await callsOf(below)).map(({ status }) => status)).toEqual(['cancelled'])
})

test('H7: when the key of a tree is revoked, its parked turns end soon, and no question of them is left', async () => {
  const own = await hub.createKey(['*'], user.accountId)
  const top = await create('hello', {}, own)
  await until(top, { status: 'idle' })
  const [below, approvalId] = await asking(top)
  await until(top, { status: 'waiting', waitingOn: 'timer' })
  await ok('keys.revoke', { keyId: own.keyId })
  for (const id of [top, below])
    // oxlint-disable-next-line no-await-in-loop -- two
    await until(id, { status: 'waiting', waitingOn: 'grant', endReason: 'revoked' })
  expect(await approvalOf(approvalId)).toMatchObject({ status: 'withdrawn' })
})

test('R16: of two sessions above that answer at once one counts', async () => {
  for (const _round of [1, 2, 3]) {
    // oxlint-disable no-await-in-loop -- one round after the other
    const top = await create('hello')
    await until(top, { status: 'idle' })
    const middle = await spawn(top, 'open', 'hello')
    await until(middle, { status: 'idle' })
    const [below, approvalId] = await asking(middle)
    await hub.database
      .sql`update approvals set asked_of = ${[`session:${middle}`, `session:${top}`]} where id = ${approvalId}`
    const ends = await Promise.all([
      answered(middle, `allow ${approvalId}`),
      answered(top, `deny ${approvalId}`),
    ])
    expect(ends.toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
      ['done', undefined],
      ['failed', 'APPROVAL_ANSWERED'],
    ])
    const { decision, answeredBySession } = await approvalOf(approvalId)
    const isAllowed = ends[0][0] === 'done'
    expect([decision, answeredBySession]).toEqual(isAllowed ? ['allow', middle] : ['deny', top])
    await until(below, { status: 'idle', endReason: 'completed' })
    expect((await callsOf(below)).map(({ status }) => status)).toEqual([
      isAllowed ? 'done' : 'denied',
    ])
    // oxlint-enable no-await-in-loop
  }
})
