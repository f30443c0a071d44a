import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  CoordAbortOutput,
  CoordSession,
  CoordSpawnOutput,
  CoordStatusOutput,
} from '@alkdev/contracts/agents'
import { startScriptedModel } from '@alkdev/scripted-model'
import { must } from '@alkdev/std'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

/** Tokens of each call of the model. */
const OF_CALL = 4000
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
const usage = '{ input: 3000, output: 1000 }'

/** Each session spawns one more than its parent may have, until the hub refuses it. */
const SCRIPT = `
models:
  worker:
    turns:
      - steps:
          - usage: ${usage}
            calls:${KEYS.map(
              (key) => `
              - tool: call
                arguments:
                  operationId: coord.spawn
                  input: { key: ${key}, role: spreader, model: scripted/worker, prompt: spread }`,
            ).join('')}
          - usage: ${usage}
            say: Spread.
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey

beforeAll(async () => {
  const scripts = mkdtempSync(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rmSync(scripts, { recursive: true, force: true }))
  writeFileSync(join(scripts, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder: scripts }))
  // The limits of a tree are the default ones.
  hub = stack.use(await startTestStack({ sessions: { firstByteMs: 60_000, idleMs: 60_000 } }))
  user = await hub.createKey(['*'])
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
  await ok(
    'roles.create',
    {
      name: 'spreader',
      mode: 'primary',
      permissions: [{ action: '*', permission: 'allow', pattern: '*' }],
      scopes: ['*'],
    },
    hub.admin,
  )
})
afterAll(() => stack.disposeAsync())

async function ok<T = Record<string, unknown>>(id: string, input: object, key = user): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

/** A session with a budget for its whole tree, which begins to spread. */
async function spread(tokens: number): Promise<string> {
  const input = { prompt: 'spread', role: 'spreader', model: 'scripted/worker', budget: { tokens } }
  return (await ok<CoordSpawnOutput>('coord.spawn', input)).session.sessionId
}

/** The sessions of the tree, when each is idle or waits for more of its budget. */
const whenStill = (rootId: string): Promise<readonly CoordSession[]> =>
  vi.waitFor(
    async () => {
      const { sessions } = await ok<CoordStatusOutput>('coord.status', { sessionId: rootId })
      const states = sessions.map(({ status, waitingOn }) => waitingOn ?? status)
      expect(states.filter((state) => state !== 'idle' && state !== 'approval')).toEqual([])
      return sessions
    },
    { timeout: 240_000, interval: 500 },
  )

interface Spent {
  readonly tokens: number
  readonly open: number
}

/** Tokens of the tree as the ledger has them, and calls of it that are not settled. */
async function spentBy(rootId: string): Promise<Spent> {
  const [row] = await hub.database.sql<Spent[]>`
    select coalesce(sum(u.input_tokens + u.output_tokens), 0)::int as tokens,
      count(*) filter (where u.ended_at is null)::int as open
    from inference_usage u join sessions s on s.id = u.session_id where coalesce(s.root_id, s.id) = ${rootId}`
  return must(row)
}

/** The same when each call is settled. */
const spentAtLast = (rootId: string): Promise<Spent> =>
  vi.waitFor(
    async () => {
      const spent = await spentBy(rootId)
      expect(spent.open).toBe(0)
      return spent
    },
    { timeout: 60_000, interval: 250 },
  )

test('R17: a script in which each session spawns until it is refused ends with exactly 64 descendants, within its budget', async () => {
  const budget = 10_000_000
  const rootId = await spread(budget)
  const all = await whenStill(rootId)
  expect(all).toHaveLength(65)
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['idle']))
  const calls = await hub.database.sql<{ reason: string | null; n: number }[]>`
    select case when t.status <> 'done' then substring(t.error from '"reason": ?"([a-z-]+)"') end as reason, count(*)::int as n
    from tool_calls t join sessions s on s.id = t.session_id
    where coalesce(s.root_id, s.id) = ${rootId} and t.operation_name = 'coord.spawn' group by 1`
  const counts = new Map(calls.map(({ reason, n }) => [reason, n]))
  // A step whose answer was lost is made again, and gets the sessions that it has spawned.
  expect(counts.get(null)).toBeGreaterThanOrEqual(64)
  expect(counts.get('descendants')).toBeGreaterThan(0)
  const limits: readonly (string | null)[] = [null, 'children', 'depth', 'descendants']
  expect([...counts.keys()].filter((reason) => !limits.includes(reason))).toEqual([])
  // Two calls of each session. One whose answer was lost is made again, and counts again.
  const { tokens } = await spentAtLast(rootId)
  expect(tokens).toBeGreaterThanOrEqual(2 * 65 * OF_CALL)
  expect(tokens).toBeLessThanOrEqual(budget + OF_CALL)
  const { sessions } = await ok<CoordStatusOutput>('coord.status', { sessionId: rootId })
  expect(must(sessions[0]).spend.tokenBudget).toMatchObject({
    limit: budget,
    spent: tokens,
    reserved: 0,
  })
}, 300_000)

test('R17: the same script never spends more than its budget and one call, asks for more, and spends nothing after an abort', async () => {
  const budget = 200_000
  const rootId = await spread(budget)
  const sessions = await whenStill(rootId)
  expect(sessions.length).toBeLessThanOrEqual(65)
  expect(sessions.map(({ waitingOn }) => waitingOn)).toContain('approval')
  const spent = await spentAtLast(rootId)
  expect(spent.tokens).toBeGreaterThan(0)
  expect(spent.tokens).toBeLessThanOrEqual(budget + OF_CALL)
  const aborted = await ok<CoordAbortOutput>('coord.abort', {
    sessionId: rootId,
    reason: 'Enough.',
  })
  expect(aborted.acknowledged).toBe(true)
  expect(aborted.receipts).toHaveLength(sessions.length)
  expect(await spentBy(rootId)).toEqual(spent)
}, 300_000)

test('R19: the fourth session for one task within an hour is refused, and is a finding', async () => {
  const content = '---\nid: again\nname: Again\ndependsOn: []\n---\n'
  await ok('tasks.sync', { files: [{ path: 'again.md', content }] })
  const spawn = (key: string) => ({ ...{ key, prompt: 'spread' }, task: 'again' })
  for (const key of ['first', 'second', 'third']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { session } = await ok<CoordSpawnOutput>('coord.spawn', spawn(key))
    // oxlint-disable-next-line no-await-in-loop -- as above
    await ok('coord.abort', { sessionId: session.sessionId, reason: 'Enough.' })
  }
  expect(await call(hub, user, 'coord.spawn', spawn('fourth'))).toMatchObject({
    status: 409,
    body: { code: 'SPAWN_REFUSED', details: { reason: 'respawn', slug: 'again' } },
  })
  const findings = await hub.database.sql`
    select d.severity::text as severity, d.resolved_at from detections d join tasks t on t.id = d.subject_id
    where t.slug = 'again' and d.kind = 'spawn-storm'`
  expect([...findings]).toEqual([{ severity: 'high', resolved_at: null }])
})
