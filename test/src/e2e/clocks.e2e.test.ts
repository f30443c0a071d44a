import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { sleep } from '@alkdev/std'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../http.ts'
import { startProcessHub } from '../process-hub.ts'
import type { ProcessHub } from '../process-hub.ts'
import type { TestKey, TestService } from '../test-stack.ts'

// Findings K4 and K5: every service has a clock that is wrong by five minutes, in either direction. What is stored, and compared with what
// was stored, is timed by PostgreSQL.

const FIVE_MINUTES_MS = 300_000
const OFFSETS: Readonly<Record<TestService, number>> = {
  gateway: FIVE_MINUTES_MS,
  'spoke-broker': -FIVE_MINUTES_MS,
  coordinator: FIVE_MINUTES_MS,
  'inference-proxy': -FIVE_MINUTES_MS,
  mcp: -FIVE_MINUTES_MS,
}

/** Options of Node that set the clock of a process wrong; its monotonic clock stays as it is. */
function withOffset(ms: number): Record<string, string> {
  const code = `const Real = Date
globalThis.Date = class extends Real {
  constructor(...given) { if (given.length === 0) super(Real.now() + ${ms}); else super(...given) }
  static now() { return Real.now() + ${ms} }
}`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` }
}

let database: TestDatabase
let hub: ProcessHub

beforeAll(async () => {
  database = await createTestDatabase()
  hub = await startProcessHub({
    postgresUrl: database.url,
    envOf: (service) => withOffset(OFFSETS[service]),
  })
}, 240_000)
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

async function ok(operationId: string, input: object, key: TestKey = hub.admin) {
  const { status, body } = await call(hub, key, operationId, input)
  expect([operationId, status, body.code]).toEqual([operationId, 200, undefined])
  return body.data
}

/** The status with which a key is answered: by the gateway, whose clock is ahead, and by mcp, whose clock is behind. */
async function statuses(key: string): Promise<readonly number[]> {
  const authorization = `Bearer ${key}`
  const [atGateway, atMcp] = await Promise.all([
    fetch(`${hub.gateway}/api/operations?limit=1`, { headers: { authorization } }),
    fetch(hub.mcp, {
      method: 'POST',
      headers: {
        authorization,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
    }),
  ])
  await Promise.all([atGateway.text(), atMcp.text()])
  return [atGateway.status, atMcp.status]
}

const soon = (ms: number): string => new Date(Date.now() + ms).toISOString()

/** How both services answer a key until the instant, each different answer once, and how they answer half a second after it. */
async function answersAround(key: string, at: Date): Promise<readonly (readonly string[])[]> {
  const seen: string[] = []
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one request after the other
    const answered = await statuses(key)
    if (Date.now() >= at.getTime()) break
    seen.push(answered.join(' '))
    // oxlint-disable-next-line no-await-in-loop
    await sleep(200)
  }
  await sleep(Math.max(0, at.getTime() + 500 - Date.now()))
  return [[...new Set(seen)], [(await statuses(key)).join(' ')]]
}

test('a key is valid until its end at every service, whatever its clock says, and not longer (K4)', async () => {
  const expiresAt = soon(8000)
  const { key } = await ok('keys.create', { name: 'short', scopes: ['*'], expiresAt })
  expect(await answersAround(key, new Date(expiresAt))).toEqual([['200 200'], ['401 401']])
})

test('the grace of a rotated key ends at the same time at every service (K4)', async () => {
  const first = await ok('keys.create', { name: 'rotated', scopes: ['*'] })
  const { key } = await ok('keys.rotate', { keyId: first.keyId, graceMs: 8000 })
  const [row] = await hub.database.sql<{ end: string }[]>`
    select expires_at as end from api_keys where id = ${first.keyId}`
  const end = new Date(row?.end ?? 0)
  expect(Math.abs(end.getTime() - Date.now())).toBeLessThan(60_000)
  expect(await answersAround(first.key, end)).toEqual([['200 200'], ['401 401']])
  expect(await statuses(key)).toEqual([200, 200])
})

test('what the services store has the time of PostgreSQL: keys, audit entries, calls and all their ids (K4, K5)', async () => {
  await ok('keys.create', { name: 'timed', scopes: [] })
  await ok('projects.create', { slug: 'timed' })
  await ok('hub.list', {})
  const { items } = await ok('audit.list', { limit: 5 })
  expect(items.length).toBeGreaterThan(0)
  await expect
    .poll(async () => (await ok('calls.list', { operationId: 'projects.create' })).items.length)
    .toBe(1)
  const idTime = (id: string) =>
    `to_timestamp(('x' || left(replace(${id}::text, '-', ''), 12))::bit(48)::bigint / 1000.0)`
  const rows = await hub.database.sql.unsafe<{ what: string; off: number }[]>(
    [
      ['api_keys', 'created_at'],
      ['api_keys', idTime('id')],
      ['audit_logs', 'created_at'],
      ['audit_logs', idTime('id')],
      ['projects', 'created_at'],
      ['projects', idTime('id')],
      ['call_log', 'started_at'],
      ['call_log', 'ended_at'],
      ['call_log', idTime('id')],
    ]
      .map(
        ([table, time]) =>
          `select '${table}' as what, coalesce(max(abs(extract(epoch from now() - ${time})))::float8, 999) as off from ${table}`,
      )
      .join(' union all '),
  )
  // The test has run for less than two minutes, and the clocks are wrong by five.
  expect(rows.filter(({ off }) => off > 120)).toEqual([])
})

test('a queued call starts at its time although the clock of its coordinator is ahead', async () => {
  const notBefore = soon(2000)
  const { callId } = await ok('calls.enqueue', {
    operationId: 'projects.list',
    input: {},
    notBefore,
  })
  const done = await ok('calls.await', { callId, timeoutMs: 20_000 })
  expect(done.status).toBe('completed')
  const [row] = await hub.database.sql<{ early: boolean }[]>`
    select started_at < ${notBefore}::timestamptz as early from queued_calls where id = ${callId}`
  expect(row?.early).toBe(false)
})
