import type { CallsActivityOutput, CallStats } from '@alkdev/contracts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { memoryIo, run } from '../testing/memory-io.ts'
import { runCli } from '../run-cli.ts'
import { topLines } from './top/top-text.ts'

// A listener instead of a hub: the tests check what is sent and shown. Against a real hub: test/src/e2e/call-history.e2e.test.ts.

const spokeId = '018f4a1e-0000-7001-8000-000000000000'
const clientId = '018f4a1e-0000-7002-8000-000000000000'
const counted = (more: Partial<CallStats>): CallStats => ({
  count: 600,
  errors: 0,
  errorRate: 0,
  p50Ms: 4.21,
  p95Ms: 120,
  p99Ms: 2340,
  ...more,
})
const activity: CallsActivityOutput = {
  windowMs: 60_000,
  sampled: false,
  total: counted({ count: 630, errors: 30, errorRate: 0.0476 }),
  operations: [
    counted({
      operationId: 'dev.laptop.a-namespace-with-a-long-name.an-operation-with-a-long-name',
    }),
    counted({ operationId: 'fs.read', count: 30, errors: 30, errorRate: 1 }),
  ],
  spokes: [counted({ spokeId }), counted({ spokeId: clientId }), counted({ count: 30 })],
  queue: { due: 1250, running: 8, oldestDueMs: 4200 },
}
const answers: Record<string, unknown> = {
  'calls.activity': activity,
  'spokes.get': { spokeId, name: 'laptop' },
  'spokes.list': { items: [{ spokeId, name: 'laptop' }] },
  'clients.list': { items: [{ clientId, name: 'petstore' }] },
  'calls.stats': {
    items: [counted({ operationId: 'fs.read', spokeId }), counted({ operationId: 'tasks.list' })],
  },
}
let onCall: (operation: string) => void = () => undefined

const hub = new AnsweringListener(({ operation }, response) => {
  response.on('finish', () => onCall(operation))
  return answers[operation]
})
const { calls } = hub

beforeAll(() => hub.start())
afterAll(() => hub.stop())
beforeEach(() => {
  calls.length = 0
  onCall = () => undefined
})

const alkhub = (...words: string[]) => run([...words, ...hub.args])

test('top --once shows totals, queue, operations and spokes by name in 80 columns', async () => {
  const { code, out } = await alkhub('top', '--once', '--op', 'fs.read', '--window', '30')
  expect(code).toBe(0)
  expect(calls[0]?.input).toEqual({ operationId: 'fs.read', windowSeconds: 30 })
  expect(out.split('\n').slice(0, 2)).toEqual([
    '11 calls/s  4.8 % failed or aborted  p50 4.2 ms  p99 2.3 s  (last 60 s)',
    'queued calls: 1,250 waiting (the oldest for 4.2 s), 8 running',
  ])
  expect(out).toMatch(/^OPERATION +CALLS\/S +ERRORS +P50 +P95 +P99$/m)
  expect(out).toMatch(/^dev\.laptop\.a-name\S+… +10 +0 % +4\.2 ms +120 ms +2\.3 s$/m)
  expect(out).toMatch(/^fs\.read +0\.5 +100 % /m)
  expect(out).toMatch(/^laptop +10 /m)
  expect(out).toMatch(/^\(no spoke\) +0\.5 /m)
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('an outside service is shown by its name among the spokes', async () => {
  const { out } = await run(['top', '--once', ...hub.args])
  expect(out).toContain('\npetstore ')
  expect(out).not.toContain(clientId)
})

test('top --once --json prints the answer of the hub', async () => {
  const { out } = await alkhub('top', '--once', '--json')
  expect(JSON.parse(out)).toEqual(activity)
  expect(calls.map(({ operation }) => operation)).toEqual(['calls.activity'])
})

test('top without a terminal prints plain blocks of lines until it is interrupted, and exits without an error', async () => {
  const stop = new AbortController()
  const memory = memoryIo({ signal: stop.signal })
  onCall = () => {
    if (calls.filter(({ operation }) => operation === 'calls.activity').length === 2)
      setImmediate(() => stop.abort(new Error('SIGINT')))
  }
  const code = await runCli(['top', '--every', '1', ...hub.args], memory.io)
  expect([code, memory.err()]).toEqual([0, ''])
  expect(memory.out().match(/calls\/s {2}/g)?.length).toBeGreaterThanOrEqual(1)
  // No control sequences.
  expect(memory.out()).not.toContain('\u001B')
})

test('the screen fits the size of the terminal, whatever it is', () => {
  const many = {
    ...activity,
    operations: Array.from({ length: 200 }, (_, at) => counted({ operationId: `x.n${at}` })),
    spokes: Array.from({ length: 200 }, () => counted({ spokeId })),
  }
  for (const [columns, rows] of [
    [80, 24],
    [40, 10],
    [200, 60],
  ] as const) {
    const lines = topLines(many, () => 'laptop', { columns, rows: rows - 1 })
    expect(lines.length).toBeLessThanOrEqual(Math.max(rows - 1, 12))
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
  }
})

test('without calls top says so, and shows the queue', () => {
  const none = { ...activity, total: counted({ count: 0 }), operations: [], spokes: [], running: 3 }
  expect(topLines(none, (id) => id)).toEqual([
    'No calls in the last 60 s, 3 running now',
    'queued calls: 1,250 waiting (the oldest for 4.2 s), 8 running',
  ])
})

test('calls stats sends its options, and shows the columns of its keys in 80 columns', async () => {
  const { out } = await alkhub('calls', 'stats', '--since', '2h', '--spoke', 'laptop')
  expect(out).toMatch(/^SPOKE +CALLS +ERRORS +P50 +P95 +P99 +OPERATION\n/)
  expect(out).toMatch(/^laptop +600 +0 % +4\.2 ms +120 ms +2\.3 s +fs\.read$/m)
  expect(out).toMatch(/^- +600 .* tasks\.list$/m)
  await alkhub('calls', 'stats', '--by', 'minute,account', '--step', '5m')
  expect(calls.find(({ operation }) => operation === 'calls.stats')?.input).toMatchObject({
    from: expect.any(String),
  })
  expect(calls.findLast(({ operation }) => operation === 'calls.stats')?.input).toEqual({
    by: ['minute', 'account'],
    stepMinutes: 5,
    limit: 50,
  })
})

test.each([
  ['calls stats --by minut', '`minute`'],
  ['calls stats --step 30s', '--step takes 1m to 24h.'],
  ['top --every 0', '--every takes 1 to 3600 seconds'],
  ['top --window 4', '--window takes 5 to 300 seconds'],
])('%s is refused before the hub is asked', async (words, text) => {
  const { code, err } = await alkhub(...words.split(' '))
  expect([code, err]).toEqual([2, expect.stringContaining(text)])
  expect(calls).toEqual([])
})
