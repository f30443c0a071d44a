import type { Approval, InboxItem } from '@alkdev/contracts'
import type {
  CoordAwaitOutput,
  CoordSession,
  CoordSpawnOutput,
  CoordStatusOutput,
  Session,
} from '@alkdev/contracts/agents'
import { must } from '@alkdev/std'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { commandMain } from '../programs.ts'
import { Machine } from '../torture/machine.ts'
import { startPlanStack } from '../torture/plan/plan-stack.ts'
import type { PlanStack } from '../torture/plan/plan-stack.ts'

const tool = (operationId: string, input: string) => `
              - tool: call
                arguments: { operationId: ${operationId}, input: ${input} }`

/** Three errors, then a step that is longer than the time between two sweeps of detection, which asks for a call. */
const SCRIPT = `
models:
  worker:
    turns:
      - when: '^stumble'
        steps:${[1, 2, 3].map(() => `\n          - calls:${tool('tasks.get', '{ task: nope }')}`).join('')}
          - say: 'one two three four five six seven eight nine ten '
            times: 130
            pieceChars: 10
            pieceMs: 40
            calls:${tool('tasks.list', '{}')}
          - say: Went on.
`

const stack = new AsyncDisposableStack()
let started: PlanStack
beforeAll(async () => {
  started = stack.use(
    await startPlanStack({
      coordinators: 1,
      script: SCRIPT,
      sessions: { detection: { ask: ['repeated-error'] } },
    }),
  )
}, 180_000)
afterAll(() => stack.disposeAsync())

const ok = <T>(operationId: string, input: object): Promise<T> =>
  started.insist<T>(operationId, input)

async function statusOf(sessionId: string): Promise<CoordSession> {
  return must((await ok<CoordStatusOutput>('coord.status', { sessionId })).sessions[0])
}

const untilAsked = (sessionId: string): Promise<string> =>
  vi.waitFor(
    async () => {
      const { status, waitingOn, openApprovals } = await statusOf(sessionId)
      expect([status, waitingOn, openApprovals]).toEqual([
        'waiting',
        'approval',
        [expect.any(String)],
      ])
      return must(openApprovals[0])
    },
    { timeout: 120_000, interval: 500 },
  )

const untilIdle = (sessionId: string): Promise<CoordSession> =>
  vi.waitFor(
    async () => {
      const one = await statusOf(sessionId)
      expect([one.status, one.openApprovals]).toEqual(['idle', []])
      return one
    },
    { timeout: 60_000, interval: 250 },
  )

/** The statuses of the calls of a session, the last one first. */
async function callsOf(sessionId: string): Promise<string[]> {
  const rows = await started.hub.database.sql<{ status: string }[]>`
    select status from tool_calls where session_id = ${sessionId} order by id desc`
  return rows.map(({ status }) => status)
}

test('a turn that a finding asks about waits before its next step, over a kill of the coordinator, and goes on or ends as the answer says', async () => {
  const { hub, home, coordinators } = started
  const lead = await ok<Session>('sessions.create', { mode: 'external', title: 'Lead' })
  const parentSessionId = lead.sessionId
  const spawn = async (key: string): Promise<string> => {
    const input = { parentSessionId, prompt: 'stumble', model: 'scripted/worker', key }
    return (await ok<CoordSpawnOutput>('coord.spawn', input)).session.sessionId
  }
  const ids = [await spawn('on'), await spawn('end'), await spawn('late')]
  const [on, end, late] = ids as [string, string, string]
  const asked = await Promise.all(ids.map((id) => untilAsked(id)))
  const [forOn, forEnd, forLate] = asked as [string, string, string]

  await must(coordinators[0]).machine.kill()
  await hub.add('coordinator')
  for (const id of ids) {
    // oxlint-disable-next-line no-await-in-loop -- three
    expect(await callsOf(id)).toEqual(['planned', 'failed', 'failed', 'failed'])
  }
  expect(await ok<Approval>('approvals.get', { approvalId: forOn })).toMatchObject({
    kind: 'question',
    status: 'open',
    question: expect.stringContaining('failed 3 times in the same way. May it go on?'),
    details: {
      sessionId: on,
      kind: 'repeated-error',
      evidence: { toolCallIds: expect.anything() },
    },
    defaultDecision: 'deny',
    mayAnswer: true,
  })
  const inbox = await ok<{ items: InboxItem[] }>('inbox.list', { kinds: ['approval'] })
  const listed = await ok<{ items: Approval[] }>('approvals.list', { kind: 'question' })
  expect(inbox.items.map(({ id }) => id).toSorted()).toEqual(asked.toSorted())
  expect(listed.items.map(({ approvalId }) => approvalId).toSorted()).toEqual(asked.toSorted())

  // It was seen over HTTP, and is answered by a command.
  const command = stack.use(
    new Machine({
      name: 'answer',
      args: [commandMain(), 'approvals', 'answer', forOn, 'allow'].concat([
        ...['--hub', hub.gateway.url],
        ...['--key-file', hub.keyFile],
      ]),
      cwd: home,
      env: { XDG_STATE_HOME: home },
    }),
  )
  command.start()
  expect(await untilIdle(on)).toMatchObject({ endReason: 'completed' })
  expect(await callsOf(on)).toEqual(['done', 'failed', 'failed', 'failed'])
  await ok('approvals.answer', { approvalId: forEnd, decision: 'deny', answer: 'Not this way.' })
  expect(await untilIdle(end)).toMatchObject({ endReason: 'user-stop' })
  await hub.database.sql`update approvals set deadline = now() where id = ${forLate}`
  expect(await untilIdle(late)).toMatchObject({ endReason: 'user-stop' })
  for (const id of [end, late]) {
    // oxlint-disable-next-line no-await-in-loop -- two
    expect(await callsOf(id)).toEqual(['cancelled', 'failed', 'failed', 'failed'])
  }
  const refused = await call({ gateway: hub.gateway.url }, hub, 'approvals.answer', {
    approvalId: forLate,
    decision: 'allow',
  })
  expect([refused.status, refused.body.code]).toEqual([410, 'APPROVAL_EXPIRED'])

  const { messages } = await ok<CoordAwaitOutput>('coord.await', {
    parentSessionId,
    afterMessage: 0,
    timeoutMs: 1000,
  })
  const said = JSON.stringify(messages)
  for (const id of ids) expect(said.split(`(${id}) waits for an answer]`)).toHaveLength(2)
  expect(said).toContain(String.raw`(${end}) is stopped]\nA person ended the turn. Not this way.`)
  expect(said).toContain(
    String.raw`(${late}) is stopped]\nNo answer came in time whether the turn goes on.`,
  )
  expect(said).not.toContain(`(${on}) is stopped]`)
  const [row] = await hub.database.sql<{ n: number }[]>`
    select count(*)::int as n from approvals`
  expect(row?.n).toBe(3)
}, 400_000)
