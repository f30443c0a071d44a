import type { Approval, InboxItem } from '@alkdev/contracts'
import type {
  CoordMessageOutput,
  CoordSession,
  CoordSpawnOutput,
  CoordStatusOutput,
  Session,
} from '@alkdev/contracts/agents'
import { must, uuidv7 } from '@alkdev/std'
import { createRole } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startPlanStack } from '../torture/plan/plan-stack.ts'
import type { PlanStack } from '../torture/plan/plan-stack.ts'
import { untilReady } from '../torture/stack.ts'

const tool = (operationId: string, input: string) => `
              - tool: call
                arguments: { operationId: ${operationId}, input: ${input} }`
const ID = '{{prompt /"approvalId": "([0-9a-f-]+)"/}}'

const UNKNOWN = '01970000-0000-7000-8000-000000000001'
/** Waits of one step: for two queued calls, for one that there is not, and for a time. */
const AWAITS = [
  tool('calls.await', "{ callId: '{{prompt /await ([0-9a-f-]+)/}}' }"),
  tool('calls.await', "{ callId: '{{prompt /await [0-9a-f-]+ ([0-9a-f-]+)/}}', timeoutMs: 6000 }"),
  tool('calls.await', `{ callId: ${UNKNOWN} }`),
  tool('coord.sleep', '{ ms: 3000 }'),
].join('')

/** `work` asks for a call that its role asks about. A session above that is asked answers after a while; `quiet` says something else. */
const model = (name: string, answer: string) => `
  ${name}:
    turns:
      - when: '^work'
        steps:
          - calls:${tool('tasks.list', '{}')}
          - say: Worked.
      - when: 'asks for an approval'
        steps:${answer}
          - say: Said.
      - when: '^answer'
        steps:
          - calls:${tool('approvals.answer', `{ approvalId: '{{prompt /answer ([0-9a-f-]+)/}}', decision: allow }`)}
          - say: Tried.
      - when: '^always'
        steps:
          - calls:${tool('approvals.answer', `{ approvalId: '{{prompt /always ([0-9a-f-]+)/}}', decision: allow, scope: session, resourcePattern: '*' }`)}
          - say: Tried.
      - when: '^await'
        steps:
          - calls:${AWAITS}
          - say: Awaited.
      - when: '^write'
        steps:
          - calls:${tool('fs.write', '{ path: kept.txt, content: half }')}
          - say: 'one two three four five six seven eight nine ten '
            times: 20000
            pieceChars: 10
            pieceMs: 200
      - when: '^finish'
        steps:
          - calls:${tool('coord.notify', '{ kind: finish, outcome: nothing-to-do, text: Nothing., evidence: It is there. }')}
          - say: Finished.
      - steps:
          - say: 'You said {{prompt}}'`
const answering = `
          - delayMs: 6000
            calls:${tool('approvals.answer', `{ approvalId: '${ID}', decision: allow, answer: It belongs to the work. }`)}`
const silent = `
          - say: Slow.
            delayMs: 600000`
const SCRIPT = `
models:${model('worker', answering)}${model('quiet', '')}${model('slow', silent)}
`

const stack = new AsyncDisposableStack()
let started: PlanStack
beforeAll(async () => {
  started = stack.use(
    await startPlanStack({
      coordinators: 2,
      script: SCRIPT,
      sessions: { askAboveMs: 300_000, firstByteMs: 900_000 },
    }),
  )
  const all = { action: '*', permission: 'allow', pattern: '*' } as const
  const ask = { action: 'tasks.list', permission: 'ask', pattern: '*' } as const
  const { db } = started.hub.database
  for (const [name, permissions] of [
    ['open', [all]],
    ['careful', [ask, all]],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop -- two
    await createRole(db, {
      ...{ id: uuidv7(), name, mode: 'primary', scopes: ['*'] },
      permissions: [...permissions],
    })
}, 180_000)
afterAll(() => stack.disposeAsync())

const ok = <T>(operationId: string, input: object): Promise<T> =>
  started.insist<T>(operationId, input)

const top = async (name = 'worker'): Promise<string> =>
  (
    await ok<Session>('sessions.create', {
      ...{ model: `scripted/${name}`, role: 'open', title: 'Top' },
      sessionId: uuidv7(),
    })
  ).sessionId

async function spawn(
  parentSessionId: string,
  role: string,
  prompt: string,
  name = 'worker',
): Promise<string> {
  const input = { parentSessionId, role, prompt, model: `scripted/${name}`, key: uuidv7() }
  return (await ok<CoordSpawnOutput>('coord.spawn', input)).session.sessionId
}

const statusOf = async (sessionId: string): Promise<CoordSession> =>
  must((await ok<CoordStatusOutput>('coord.status', { sessionId })).sessions[0])

const until = (sessionId: string, expected: object): Promise<CoordSession> =>
  vi.waitFor(
    async () => {
      const one = await statusOf(sessionId)
      expect(one).toMatchObject(expected)
      return one
    },
    { timeout: 90_000, interval: 250 },
  )

/** The approval that a session waits for, once it is asked of these. */
async function approvalOf(sessionId: string, askedOf?: string[]): Promise<Approval> {
  const one = await until(sessionId, {
    status: 'waiting',
    waitingOn: 'approval',
    ...(askedOf !== undefined && { askedOf }),
  })
  return ok<Approval>('approvals.get', { approvalId: must(one.openApprovals[0]) })
}

/** How the latest call of a session ended. */
async function latestCall(sessionId: string): Promise<{ status: string; error: string | null }> {
  const [row] = await started.hub.database.sql<{ status: string; error: string | null }[]>`
    select status, error from tool_calls where session_id = ${sessionId} order by id desc limit 1`
  return must(row)
}

/** The code of the error that a session gets when it sends an answer. */
async function refusal(sessionId: string, prompt: string): Promise<unknown> {
  const { message } = await ok<CoordMessageOutput>('coord.message', { sessionId, text: prompt })
  await vi.waitFor(
    async () => {
      const { database } = started.hub
      const rows = await database.sql`select delivery from messages where id = ${message.messageId}`
      expect(rows).toEqual([{ delivery: 'answered' }])
    },
    { timeout: 60_000, interval: 250 },
  )
  const { status, error } = await latestCall(sessionId)
  return [status, (JSON.parse(error ?? '{}') as { code?: string }).code]
}

test('H7, R16: an approval at depth 3 passes over who lacks the right and who has ended, and is answered by the session above them, over a kill of every process', async () => {
  const { hub, proxy, coordinators } = started
  const lead = await top()
  const ended = await spawn(lead, 'open', 'hello')
  await until(ended, { status: 'idle' })
  const strict = await spawn(ended, 'careful', 'hello')
  await until(strict, { status: 'idle' })
  await ok('coord.message', { sessionId: ended, text: 'finish' })
  await until(ended, { status: 'done' })
  const deep = await spawn(strict, 'careful', 'work')

  const askedOf = [`session:${lead}`]
  const { approvalId, ...approval } = await approvalOf(deep, askedOf)
  expect(approval).toMatchObject({ kind: 'tool', status: 'open', askedOf, mayAnswer: true })
  const { items } = await ok<{ items: InboxItem[] }>('inbox.list', { kinds: ['approval'] })
  expect(items).toContainEqual(expect.objectContaining({ id: approvalId, askedOf }))

  // The model of the session above is about to answer.
  const all = [hub.gateway, ...hub.brokers, proxy, ...coordinators]
  await Promise.all(all.map(({ machine }) => machine.kill()))
  await hub.restartRedis()
  await hub.restartPostgres(0)
  for (const { machine } of all) machine.start()
  await Promise.all(all.map((replica) => untilReady(replica)))

  expect(await until(deep, { status: 'idle' })).toMatchObject({ endReason: 'completed' })
  expect(await latestCall(deep)).toMatchObject({ status: 'done' })
  expect(await ok<Approval>('approvals.get', { approvalId })).toMatchObject({
    status: 'answered',
    decision: 'allow',
    answer: 'It belongs to the work.',
    answeredBySession: lead,
  })
  const audited = await hub.database.sql`
    select data from audit_logs where action = 'approvals.answered' and target_id = ${approvalId}`
  expect(audited).toEqual([{ data: { decision: 'allow', sessionId: lead } }])
}, 240_000)

test('H7: a question that the sessions above leave unanswered goes to persons, and its errors differ for a session', async () => {
  const { database } = started.hub
  const lead = await top('quiet')
  const slow = await spawn(lead, 'open', 'hello', 'slow')
  await until(slow, { status: 'idle' })
  const other = await spawn(lead, 'open', 'hello')
  const deep = await spawn(slow, 'careful', 'work')
  const { approvalId } = await approvalOf(deep, [`session:${slow}`])
  // Its turn takes longer than it may.
  await database.sql`
    update tool_calls set metadata = jsonb_set(metadata, '{asked,until}', '1') where session_id = ${deep}`
  await database.sql`update sessions set wake_at = now() where id = ${deep}`
  // The next one above has a turn, which ends without an answer.
  await vi.waitFor(
    async () => {
      const rows = await database.sql`
        select delivery from messages where session_id = ${lead} and sender_session_id = ${deep}`
      expect(rows).toEqual([{ delivery: 'answered' }])
    },
    { timeout: 60_000, interval: 250 },
  )
  await vi.waitFor(
    async () =>
      expect(await ok<Approval>('approvals.get', { approvalId })).toMatchObject({
        status: 'open',
        askedOf: [],
      }),
    { timeout: 30_000, interval: 250 },
  )
  expect((await statusOf(deep)).askedOf).toBeUndefined()

  expect(await refusal(lead, `answer ${uuidv7()}`)).toEqual(['failed', 'APPROVAL_NOT_FOUND'])
  expect(await refusal(other, `answer ${approvalId}`)).toEqual(['failed', 'APPROVAL_NOT_FOUND'])
  expect(await refusal(lead, `answer ${approvalId}`)).toEqual(['denied', 'ACCESS_DENIED'])
  await database.sql`update approvals set asked_of = ${[`session:${lead}`]} where id = ${approvalId}`
  expect(await refusal(lead, `always ${approvalId}`)).toEqual(['failed', 'VALIDATION_ERROR'])
  const [strict] = await database.sql<{ id: string }[]>`select id from roles where name = 'careful'`
  const setRoles = (id: string) =>
    database.sql`update sessions set role_chain = ${[id]} where id = ${lead}`
  const [own] = await database.sql<{ role_chain: string[] }[]>`
    select role_chain from sessions where id = ${lead}`
  // Its own rules ask about this call now.
  await setRoles(must(strict).id)
  expect(await refusal(lead, `answer ${approvalId}`)).toEqual(['denied', 'ACCESS_DENIED'])
  await setRoles(must(own?.role_chain[0]))
  expect(await ok<Approval>('approvals.get', { approvalId })).toMatchObject({ status: 'open' })

  // Persons answer, also while a session is asked.
  await ok('approvals.answer', { approvalId, decision: 'deny', answer: 'Not now.' })
  await until(deep, { status: 'idle', endReason: 'completed' })
  expect(await latestCall(deep)).toMatchObject({
    status: 'denied',
    error: expect.stringContaining('A person denied the call. Not now.'),
  })
  expect(await refusal(lead, `answer ${approvalId}`)).toEqual(['failed', 'APPROVAL_ANSWERED'])

  const late = await spawn(lead, 'careful', 'work')
  const expired = await approvalOf(late)
  await database.sql`
    update approvals set deadline = now() - interval '1 second' where id = ${expired.approvalId}`
  await until(late, { status: 'idle', endReason: 'completed' })
  await database.sql`
    update approvals set asked_of = ${[`session:${lead}`]} where id = ${expired.approvalId}`
  expect(await refusal(lead, `answer ${expired.approvalId}`)).toEqual([
    'failed',
    'APPROVAL_EXPIRED',
  ])
}, 240_000)

interface Waiting {
  readonly status: string
  readonly attempts: number
  readonly call_id: string | null
  readonly output: string | null
  readonly error: string | null
}

const callsOf = (sessionId: string) =>
  started.hub.database.sql<Waiting[]>`
    select status, attempts, call_id, output, error from tool_calls where session_id = ${sessionId} order by idx`

const queued = async (delayMs: number): Promise<string> =>
  (
    await ok<{ callId: string }>('calls.enqueue', {
      ...{ operationId: 'sessions.list', input: { limit: 1 } },
      delayMs,
    })
  ).callId

const awaiting = async (prompt: string): Promise<string> => {
  const sessionId = uuidv7()
  const place = { model: 'scripted/worker', role: 'open', title: 'Waits' }
  await ok('sessions.create', { sessionId, ...place, prompt })
  await until(sessionId, { status: 'waiting', waitingOn: 'call' })
  return sessionId
}

const valuesOf = (calls: readonly Waiting[]) =>
  calls.map(({ output, error }) => JSON.parse(output ?? error ?? '{}') as object)

test('H19: a turn whose calls wait for queued calls and a time has no worker, and goes on after a kill of the coordinators when each is over', async () => {
  const { coordinators, hub } = started
  const [ends, stays] = [await queued(15_000), await queued(3_600_000)]
  const sessionId = await awaiting(`await ${ends} ${stays}`)
  const [held] = await hub.database.sql`
    select worker_instance_id, lease_until from sessions where id = ${sessionId}`
  expect(held).toEqual({ worker_instance_id: null, lease_until: null })
  await Promise.all(coordinators.map(({ machine }) => machine.kill()))
  for (const { machine } of coordinators) machine.start()
  await Promise.all(coordinators.map((replica) => untilReady(replica)))

  await until(sessionId, { status: 'idle', endReason: 'completed' })
  const calls = await callsOf(sessionId)
  // None of them was ever dispatched.
  expect(calls.map(({ status, attempts, call_id: id }) => [status, attempts, id])).toEqual([
    ['done', 0, null],
    ['done', 0, null],
    ['failed', 0, null],
    ['done', 0, null],
  ])
  expect(valuesOf(calls)).toMatchObject([
    { callId: ends, status: 'completed' },
    { callId: stays, status: 'accepted' },
    { code: 'CALL_NOT_FOUND' },
    { leftMs: 0 },
  ])
}, 240_000)

test('H19: a message that steers the turn ends its waits', async () => {
  const [one, two] = [await queued(3_600_000), await queued(3_600_000)]
  const sessionId = await awaiting(`await ${one} ${two}`)
  await ok('sessions.prompt', { sessionId, text: 'Go on.', mode: 'steer' })
  await until(sessionId, { status: 'idle', endReason: 'completed' })
  expect(valuesOf(await callsOf(sessionId))[0]).toMatchObject({ callId: one, status: 'accepted' })
}, 120_000)

test('R18: what a coordinator has not saved of an abort when it is killed, another one saves', async () => {
  const { hub, coordinators } = started
  await using place = await started.startPlace('kept', 1)
  const { session } = await ok<CoordSpawnOutput>('coord.spawn', {
    ...{ prompt: 'write', model: 'scripted/worker', role: 'open' },
    worktree: { spoke: must(place.names[0]) },
  })
  const { sessionId } = session
  await vi.waitFor(
    async () => {
      const [row] = await hub.database.sql`
        select count(*)::int as n from turn_steps where session_id = ${sessionId} and step = 2 and status = 'running'`
      expect(row).toEqual({ n: 1 })
    },
    { timeout: 60_000, interval: 100 },
  )
  // It answers nothing: the files are not saved before the kill.
  const [spoke] = place.spokes
  must(spoke).freeze()
  const aborting = ok('coord.abort', { sessionId }).catch(() => undefined)
  const receipt = async () =>
    (
      await hub.database.sql<{ stopped: boolean; ref: string | null; error: string | null }[]>`
      select stopped_at is not null as stopped, saved_ref as ref, save_error as error from session_abort_receipts
      where session_id = ${sessionId} order by created_at limit 1`
    )[0]
  await vi.waitFor(
    async () => expect(await receipt()).toMatchObject({ stopped: true, ref: null }),
    {
      timeout: 20_000,
      interval: 20,
    },
  )
  await Promise.all(coordinators.map(({ machine }) => machine.kill()))
  must(spoke).thaw()
  for (const { machine } of coordinators) machine.start()
  await Promise.all(coordinators.map((replica) => untilReady(replica)))
  const { ref } = await vi.waitFor(
    async () => {
      const found = must(await receipt())
      expect(found).toMatchObject({ ref: expect.any(String), error: null })
      return found
    },
    { timeout: 90_000, interval: 250 },
  )
  expect(place.repository.git('show', `${ref}:kept.txt`)).toBe('half')
  await aborting
}, 240_000)
