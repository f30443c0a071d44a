import type { CoordSpawnOutput, Session } from '@alkdev/contracts/agents'
import { must, sleep, uuidv7 } from '@alkdev/std'
import { createRole, openDatabase } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { RETRY_CLASSES } from '../torture/sessions/counting-spoke.ts'
import type { RetryClassName } from '../torture/sessions/counting-spoke.ts'
import { addKillPoints, STORED_POINTS } from '../torture/sessions/kill-points.ts'
import type { KillPoints, StoredPoint } from '../torture/sessions/kill-points.ts'
import { addHeldProvider, startSessionStack } from '../torture/sessions/session-stack.ts'
import type { SessionStack } from '../torture/sessions/session-stack.ts'
import { untilReady } from '../torture/stack.ts'
import type { Replica } from '../torture/stack.ts'

/** Points that the model and the spoke see. */
const OUTSIDE_POINTS = [
  'model asked',
  'half of the call said',
  'spoke works',
  'spoke has answered',
] as const
type Point = StoredPoint | (typeof OUTSIDE_POINTS)[number]

/** One session that is to stand at a point when its coordinator is killed. */
interface Case {
  readonly point: Point
  readonly retry: RetryClassName
}

interface ToolRow {
  readonly status: string
  readonly attempts: number
  readonly input: string
  readonly output: string | null
  readonly error: string | null
}

/** Statements wait for a lock for 10 s at most. */
const STAND_MS = 7000
const MAX_WAVES = 12
/** Of the claim of a session. */
const LEASE_MS = 6000

const disposables = new AsyncDisposableStack()
let sessions: SessionStack
let points: KillPoints
let owner: Replica

beforeAll(async () => {
  sessions = disposables.use(await startSessionStack())
  const { stack } = sessions
  owner = await stack.add('coordinator')
  await addHeldProvider(sessions)
  const holder = disposables.use(await openDatabase(stack.postgresUrl, { max: 1 }))
  points = await addKillPoints(holder)
}, 180_000)
afterAll(() => disposables.disposeAsync())

const toolsOf = (sessionId: string) =>
  sessions.database.sql<ToolRow[]>`
    select status, attempts, input, output, error from tool_calls where session_id = ${sessionId}`

/** Brings a session for each case to its point and kills the coordinator there. Gives the sessions, and whether each stood at its point. */
async function killAt(cases: readonly Case[]) {
  const { model, spoke, create } = sessions
  const wave = cases.map((one) => ({
    ...one,
    id: uuidv7(),
    prompt: `${one.retry} ${one.point} ${uuidv7()}`,
  }))
  for (const { id, prompt, point } of wave) {
    if (point === 'model asked') model.holdAt(prompt, 0)
    else if (point === 'half of the call said') model.holdAt(prompt, 1)
    else if (point.startsWith('spoke')) spoke.hold(prompt)
    // oxlint-disable-next-line no-await-in-loop -- on one connection
    else await points.stopAt(id, point as StoredPoint)
  }
  await Promise.all(wave.map(({ id, prompt }) => create(id, prompt)))
  const standing = async (): Promise<typeof wave> => {
    const stopped = await points.stopped()
    return wave.filter(({ id, prompt, point }) => {
      if (point.startsWith('spoke')) return spoke.starts.some((start) => start.prompt === prompt)
      return (OUTSIDE_POINTS as readonly string[]).includes(point)
        ? model.isHeld(prompt)
        : stopped.has(id)
    })
  }
  let since: number | undefined
  await vi.waitUntil(
    async () => {
      const { length } = await standing()
      if (length > 0) since ??= performance.now()
      return length === wave.length || performance.now() - (since ?? Infinity) > STAND_MS
    },
    { timeout: 60_000, interval: 20 },
  )
  // Frozen, so that what still comes is not seen by it.
  owner.machine.freeze()
  // One that lost its claim before, on a slow machine, proves something else.
  const ids = (await standing()).map(({ id }) => id)
  const first = await sessions.database.sql<{ id: string }[]>`
    select id from sessions where id = any(${ids}) and turn_token = 1`
  const stood = new Set(first.map(({ id }) => id))
  const answer = (at: Point): void => {
    for (const { prompt, point } of wave) if (point === at) spoke.letGo(prompt)
  }
  answer('spoke has answered')
  await sleep(100)
  await owner.machine.kill()
  await points.letGo()
  owner = await sessions.stack.add('coordinator')
  answer('spoke works')
  return wave.map((one) => ({ ...one, stood: stood.has(one.id) }))
}

test('R1, R3, R4: a coordinator that is killed at 20 points of a turn costs no effect and repeats none, in each retry class', async () => {
  const all: Case[] = [...STORED_POINTS, ...OUTSIDE_POINTS].flatMap((point) =>
    RETRY_CLASSES.map((retry) => ({ point, retry })),
  )
  expect(all).toHaveLength(60)
  const reached = new Set<string>()
  const nameOf = ({ point, retry }: Case): string => `${retry}: ${point}`
  for (let wave = 0; reached.size < all.length && wave < MAX_WAVES; wave += 1) {
    const missing = all.filter((one) => !reached.has(nameOf(one)))
    // oxlint-disable-next-line no-await-in-loop -- one kill after the other
    const killed = await killAt(missing.slice(0, 30))
    for (const one of killed) {
      // oxlint-disable-next-line no-await-in-loop -- as above
      const { endReason } = await sessions.settled(one.id)
      // oxlint-disable-next-line no-await-in-loop -- as above
      const tools = await toolsOf(one.id)
      const effects = sessions.spoke.effects(one.prompt)
      const status = tools[0]?.status
      // What was dispatched and never sent cannot be distinguished from what ran.
      const mayBeLost =
        one.retry === 'never' && (one.point === 'after call dispatched' || !one.stood)
      const expected = mayBeLost && status === 'unknown' ? [effects, 'unknown'] : [1, 'done']
      const seen = [nameOf(one), endReason, tools.length, effects, status]
      expect([...seen, JSON.stringify({ ...one, tools })]).toEqual([
        nameOf(one),
        'completed',
        1,
        ...expected,
        expect.any(String),
      ])
      expect(effects).toBeLessThanOrEqual(1)
      if (one.stood) reached.add(nameOf(one))
    }
  }
  expect(all.map(nameOf).filter((name) => !reached.has(name))).toEqual([])
  expect(sessions.model.illegal).toEqual([])
}, 600_000)

test('R1: an outcome that is lost with its coordinator is repeated with the same key for safe and keyed, and unknown for never', async () => {
  const { spoke, create, settled, ok, database } = sessions
  const wave = RETRY_CLASSES.map((retry) => ({ id: uuidv7(), prompt: `${retry} lost ${uuidv7()}` }))
  for (const { prompt } of wave) spoke.hold(prompt)
  await Promise.all(wave.map(({ id, prompt }) => create(id, prompt)))
  const startsOf = (prompt: string) => spoke.starts.filter((one) => one.prompt === prompt)
  await vi.waitUntil(() => wave.every(({ prompt }) => startsOf(prompt).length > 0), {
    timeout: 60_000,
  })
  await owner.machine.kill()
  // The call ids are those of calls that no process knows.
  await database.sql`update tool_calls set call_id = gen_random_uuid()::text where status = 'dispatched'`
  owner = await sessions.stack.add('coordinator')
  for (const { prompt } of wave.slice(0, 2)) {
    // oxlint-disable-next-line no-await-in-loop -- two
    await vi.waitUntil(() => startsOf(prompt).length > 1, { timeout: 60_000 })
    startsOf(prompt)[1]?.answer()
  }
  for (const { id } of wave)
    // oxlint-disable-next-line no-await-in-loop -- three
    expect(await settled(id)).toMatchObject({ endReason: 'completed' })
  const statuses = await Promise.all(
    wave.map(async ({ id }) => must((await toolsOf(id))[0]).status),
  )
  expect(statuses).toEqual(['done', 'done', 'unknown'])
  for (const { prompt } of wave)
    expect(new Set(startsOf(prompt).map(({ key }) => key)).size).toBe(1)
  expect(wave.map(({ prompt }) => startsOf(prompt).length)).toEqual([2, 2, 1])
  expect(spoke.effects(must(wave[1]).prompt)).toBe(1)
  const { items } = await ok<{ items: { type?: string }[] }>('inbox.list', {})
  expect(JSON.stringify(items)).toContain('tool-call-unknown')
}, 240_000)

test('R2: a coordinator that was frozen for two leases while another one took over writes nothing, calls no model and makes no call', async () => {
  const { model, spoke, create, settled, database, stack } = sessions
  const [text, tool, next] = [
    { id: uuidv7(), prompt: `text 40 ${uuidv7()}` },
    { id: uuidv7(), prompt: `never frozen ${uuidv7()}` },
    { id: uuidv7(), prompt: `keyed frozen ${uuidv7()}` },
  ]
  model.holdAt(text.prompt, 20)
  spoke.hold(tool.prompt)
  model.holdAt(next.prompt, 0)
  const all = [text, tool, next]
  await Promise.all(all.map(({ id, prompt }) => create(id, prompt)))
  const isAtSpoke = () => spoke.starts.some(({ prompt }) => prompt === tool.prompt)
  await vi.waitUntil(() => model.isHeld(text.prompt) && model.isHeld(next.prompt) && isAtSpoke(), {
    timeout: 60_000,
  })
  const frozen = owner
  frozen.machine.freeze()
  const thawAt = performance.now() + 2 * LEASE_MS
  owner = await stack.add('coordinator')
  const tokens = () => database.sql<{ token: string }[]>`
    select turn_token as token from sessions where id in ${database.sql(all.map(({ id }) => id))}`
  await vi.waitUntil(async () => (await tokens()).every(({ token }) => Number(token) > 1), {
    timeout: 60_000,
    interval: 200,
  })
  spoke.letGo(tool.prompt)
  for (const { id } of all)
    // oxlint-disable-next-line no-await-in-loop -- three
    expect(await settled(id)).toMatchObject({ endReason: 'completed' })
  const metrics = await (await fetch(`${owner.url}/metrics`)).text()
  expect(metrics).toMatch(/^alkhub_session_steps_dropped_total\{.*fence-lost.*\} [1-9]/m)
  await sleep(Math.max(0, thawAt - performance.now()))
  const counted = async () => {
    const ids = database.sql(all.map(({ id }) => id))
    const [rows] = await database.sql`
      select (select count(*)::int from session_events where session_id in ${ids}) as events,
        (select count(*)::int from turn_steps where session_id in ${ids}) as steps,
        (select count(*)::int from messages where session_id in ${ids}) as messages,
        (select count(*)::int from tool_calls where session_id in ${ids}) as calls,
        (select sum(turn_token)::int from sessions where id in ${ids}) as tokens`
    return { ...rows, asked: model.requests.length, starts: spoke.starts.length }
  }
  const before = await counted()
  frozen.machine.thaw()
  // The answers that it was reading go on to their ends.
  model.letGo()
  const said = () => frozen.machine.said.split('"outcome":"lost"').length - 1
  await vi.waitUntil(() => said() >= all.length, { timeout: 60_000, interval: 200 })
  await frozen.machine.kill()
  expect(await counted()).toEqual(before)
  expect(all.map(({ prompt }) => spoke.effects(prompt))).toEqual([0, 1, 1])
}, 240_000)

test('R16: an approval at depth 3 stays open when every process is killed, is answered from another surface, and its four errors differ', async () => {
  const { stack, database, spoke, ok, settled, proxy } = sessions
  const ask = { action: 't.never', permission: 'ask', pattern: '*' } as const
  await createRole(database.db, {
    id: uuidv7(),
    name: 'careful',
    mode: 'primary',
    permissions: [ask, { action: '*', permission: 'allow', pattern: '*' }],
    scopes: ['*'],
  })
  const lead = await ok<Session>('sessions.create', { mode: 'external', title: 'Lead' })
  const spawn = async (parentSessionId: string, prompt: string): Promise<string> => {
    const more = { role: 'careful', model: 'held/held', key: prompt }
    const input = { parentSessionId, prompt, ...more }
    return (await ok<CoordSpawnOutput>('coord.spawn', input)).session.sessionId
  }
  let above = lead.sessionId
  for (const level of [1, 2]) {
    // oxlint-disable-next-line no-await-in-loop -- one below the other
    above = await spawn(above, `text 1 of level ${level}`)
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await settled(above)).toMatchObject({ endReason: 'completed' })
  }
  const prompt = `never asked ${uuidv7()}`
  const deep = await spawn(above, prompt)
  const other = uuidv7()
  await ok('sessions.create', {
    sessionId: other,
    model: 'held/held',
    role: 'careful',
    prompt: `never late ${uuidv7()}`,
  })
  const approvalOf = (sessionId: string): Promise<string> =>
    vi.waitFor(
      async () => {
        const session = await ok<Session>('sessions.get', { sessionId })
        expect([session.status, session.waitingOn]).toEqual(['waiting', 'approval'])
        const [row] = await database.sql<{ id: string }[]>`
          select id from approvals where session_id = ${sessionId} and status = 'open'`
        return must(row).id
      },
      { timeout: 60_000, interval: 200 },
    )
  const [approvalId, late] = [await approvalOf(deep), await approvalOf(other)]
  expect(await ok('sessions.get', { sessionId: deep })).toMatchObject({ depth: 3 })

  const all = [stack.gateway, ...stack.brokers, proxy, owner]
  await Promise.all(all.map(({ machine }) => machine.kill()))
  await stack.restartRedis()
  await stack.restartPostgres(0)
  for (const { machine } of all) machine.start()
  await Promise.all(all.map((replica) => untilReady(replica)))
  await sessions.attachSpoke()
  await ok('t.safe', { prompt: 'Is the spoke attached?' })

  const { items } = await ok<{ items: object[] }>('inbox.list', {})
  expect(JSON.stringify(items)).toContain(approvalId)
  const refusal = async (id: string): Promise<unknown> => {
    const input = { approvalId: id, decision: 'allow' }
    const { status, body } = await call(
      { gateway: stack.gateway.url },
      stack,
      'approvals.answer',
      input,
    )
    return [status, body.code]
  }
  expect(await refusal(uuidv7())).toEqual([404, 'APPROVAL_NOT_FOUND'])
  await database.sql`update approvals set asked_of = ${['account:another']} where id = ${approvalId}`
  expect(await refusal(approvalId)).toEqual([403, 'ACCESS_DENIED'])
  await database.sql`update approvals set asked_of = '{}' where id = ${approvalId}`
  await database.sql`update approvals set deadline = now() - interval '1 second' where id = ${late}`
  expect(await refusal(late)).toEqual([410, 'APPROVAL_EXPIRED'])
  // It was seen over HTTP, and is answered over a WebSocket.
  await using socket = await PlainSocket.open(must(stack.brokers[0]).url, stack.key)
  const answered = await socket.call('approvals.answer', { approvalId, decision: 'allow' })
  expect([answered.type, JSON.stringify(answered.payload)]).toEqual([
    'call.responded',
    expect.any(String),
  ])
  expect(await refusal(approvalId)).toEqual([409, 'APPROVAL_ANSWERED'])
  for (const id of [deep, other])
    // oxlint-disable-next-line no-await-in-loop -- two
    expect(await settled(id)).toMatchObject({ endReason: 'completed' })
  expect([spoke.effects(prompt), (await toolsOf(deep))[0]?.status]).toEqual([1, 'done'])
  expect((await toolsOf(other))[0]?.status).toBe('denied')
}, 300_000)
