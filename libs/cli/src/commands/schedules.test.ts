import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'

// A listener instead of a hub: the tests check what is sent. Against a real hub: test/src/e2e/durable-work.e2e.test.ts.

const at = '2030-01-01T10:00:00.000Z'
const schedule = {
  scheduleId: '018f4a1e-0000-7000-8000-000000000001',
  name: 'nightly',
  operationId: 'tasks.list',
  input: {},
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  overlap: 'skip',
  catchUp: 'last',
  priority: 5,
  status: 'paused',
  pausedReason: 'UNAUTHENTICATED',
  nextFirings: [at],
  createdAt: at,
  updatedAt: at,
}
const firing = { dueAt: at, firedAt: at, status: 'skipped', reason: 'overlap', manual: false }
const lists: Readonly<Record<string, object>> = {
  'schedules.list': { items: [schedule] },
  'schedules.firings': { items: [firing] },
}
const hub = new AnsweringListener(({ operation }) => lists[operation] ?? schedule)
const { calls } = hub
beforeAll(() => hub.start())
afterAll(() => hub.stop())
beforeEach(() => {
  calls.length = 0
})
const alkhub = (...words: string[]) => run(['schedules', ...words, ...hub.args])

const policies = ['--overlap', 'queue', '--catch-up', 'all', '--webhook', 'billing']
const options = ['--priority', '5', '--max-attempts', '3', '--backoff', '2s', '--expires', '1h']
const sent = {
  overlap: 'queue',
  catchUp: 'all',
  webhook: 'billing',
  priority: 5,
  maxAttempts: 3,
  backoffMs: 2000,
  expiresAfterMs: 3_600_000,
}

test.each([
  [
    ['create', 'nightly', 'tasks.list', '--cron', '30 2 * * *', '--time-zone', 'Europe/Berlin'],
    [...policies, ...options, '--timeout-ms', '60000', '--input', '{"a":1}'],
    'schedules.create',
    {
      name: 'nightly',
      operationId: 'tasks.list',
      cron: '30 2 * * *',
      timeZone: 'Europe/Berlin',
      ...sent,
      timeoutMs: 60_000,
      input: { a: 1 },
    },
  ],
  [
    ['update', 'nightly', '--at', at, '--operation', 'a.b', '--no-webhook'],
    options,
    'schedules.update',
    {
      schedule: 'nightly',
      at,
      operationId: 'a.b',
      priority: 5,
      maxAttempts: 3,
      backoffMs: 2000,
      expiresAfterMs: 3_600_000,
      webhook: null,
    },
  ],
  [['get', 'nightly'], [], 'schedules.get', { schedule: 'nightly' }],
  [['pause', 'nightly'], [], 'schedules.pause', { schedule: 'nightly' }],
  [['resume', 'nightly'], [], 'schedules.resume', { schedule: 'nightly' }],
  [['run', 'nightly'], [], 'schedules.runNow', { schedule: 'nightly' }],
  [['delete', 'nightly'], [], 'schedules.delete', { schedule: 'nightly' }],
])('schedules %j sends what its options say', async (words, more, operation, input) => {
  expect(await alkhub(...words, ...more)).toMatchObject({ code: 0, err: '' })
  expect(calls).toEqual([{ operation, input }])
})

test('a schedule is shown with what differs from the defaults, why it is paused, and its next times', async () => {
  const { out } = await alkhub('get', 'nightly')
  expect(out).toMatch(/^when +30 2 \* \* \* Europe\/Berlin$/m)
  expect(out).toMatch(/^priority +5$/m)
  expect(out).toMatch(/^paused by +UNAUTHENTICATED$/m)
  expect(out).toMatch(/\nnext firings \(.+\):\n {2}2030-01-01/)
  expect(out).not.toMatch(/^max attempts/m)
  expect((await alkhub('list')).out).toMatch(/nightly +tasks\.list .* paused \(UNAUTHENTICATED\)/)
  expect((await alkhub('firings', 'nightly')).out).toMatch(/skipped +overlap/)
  expect(calls.at(-1)?.input).toMatchObject({ schedule: 'nightly' })
  const { out: json } = await alkhub('get', 'nightly', '--json')
  expect(JSON.parse(json)).toEqual(schedule)
})

test('what does not fit is refused before the hub is asked', async () => {
  for (const [words, text] of [
    [['get'], 'Which schedule?'],
    [['create', 'nightly'], 'Which operation?'],
    [['create', 'nightly', 'a.b', '--input', '{'], '--input is not valid JSON'],
    [['create', 'nightly', 'a.b', '--priority', 'high'], '--priority takes a whole number'],
    [['create', 'nightly', 'a.b', '--timeout-ms', '1m'], '--timeout-ms takes milliseconds'],
    [['update', 'nightly', '--webhook', 'a', '--no-webhook'], 'not both'],
  ] as const) {
    const { code, err } = await alkhub(...words)
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(text) })
  }
  expect(calls).toEqual([])
})
