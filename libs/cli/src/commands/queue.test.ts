import type { QueuedCallItem } from '@alkdev/contracts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'

// A listener instead of a hub: the tests check what is sent. Against a real hub: test/src/e2e/queued-calls.e2e.test.ts.

const id = (at: number) => `018f4a1e-0000-700${at}-8000-000000000000`
const at = '2030-01-01T10:00:00.000Z'
const item = (n: number, more: Partial<QueuedCallItem> = {}): QueuedCallItem => ({
  callId: id(n),
  operationId: 'client.desk.greet.hello',
  status: 'accepted',
  attempts: 0,
  maxAttempts: 5,
  priority: 0,
  acceptedAt: at,
  dueAt: at,
  ...more,
})
const failed = item(2, {
  status: 'failed',
  attempts: 5,
  completedAt: at,
  error: { code: 'PROVIDER_LOST', message: 'It was lost.' },
})

const answers: Record<string, unknown> = {
  'calls.queued': { items: [item(1), failed] },
  'calls.deadLetters': { items: [failed] },
  'calls.await': {
    callId: id(1),
    operationId: 'greet.hello',
    status: 'completed',
    attempts: 2,
    startedAt: at,
    completedAt: at,
    output: { data: { text: 'Hello' } },
    queued: { dueAt: at, priority: 0, maxAttempts: 5 },
  },
  'calls.abort': { callId: id(1), receipt: 'honoured' },
  'calls.repeatDead': { repeated: [{ callId: id(2), repeatedAs: id(3) }], refused: [], left: 0 },
}

/** Answers that are given once, before the others. */
const next: { readonly operation: string; readonly data: unknown }[] = []
const hub = new AnsweringListener(({ operation }) => {
  if (next[0]?.operation === operation) return next.shift()?.data
  return answers[operation]
})
const { calls } = hub

beforeAll(() => hub.start())
afterAll(() => hub.stop())
beforeEach(() => {
  calls.length = 0
})

const alkhub = (...words: string[]) => run([...words, ...hub.args])

test('queue list and dead show status or code and the beginning of the id, in 80 columns', async () => {
  for (const [command, operation] of [
    ['list', 'calls.queued'],
    ['dead', 'calls.deadLetters'],
  ] as const) {
    const { out } = await alkhub('queue', command, '--code', 'PROVIDER_LOST')
    expect(calls.at(-1)).toEqual({ operation, input: { code: 'PROVIDER_LOST', limit: 50 } })
    expect(out).toMatch(/^CALL +AT +ATTEMPT +STATUS +OPERATION\n/)
    expect(out).toMatch(/^018f4a1e-0000-7002 .* 5\/5 +PROVIDER_LOST +client\.desk/m)
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  }
})

test('queued calls of one operation are asked for with --op, as in calls list', async () => {
  await alkhub('queue', 'list', '--op', 'a.b')
  await alkhub('queue', 'dead', '--operation', 'a.b')
  expect(calls.map(({ input }) => (input as { operationId?: string }).operationId)).toEqual([
    'a.b',
    'a.b',
  ])
  expect((await alkhub('queue', 'list', '--help')).out).not.toContain('--operation')
})

test('a queued call is found by the beginning of its id', async () => {
  const { out } = await alkhub('queue', 'get', id(1).slice(0, 18))
  expect(calls.at(-1)).toEqual({
    operation: 'calls.await',
    input: { callId: id(1), timeoutMs: 0 },
  })
  expect(out).toMatch(/^attempts +2 of 5$/m)
  expect(out).toMatch(/\n\noutput\n\{\n {2}"text": "Hello"\n\}\n$/)
  expect(out).not.toMatch(/^due/m)
  await alkhub('queue', 'repeat', id(2).slice(0, 18))
  expect(calls.at(-1)?.input).toEqual({ callId: id(2), dryRun: false })
  const several = await alkhub('queue', 'get', '018f')
  expect([several.code, several.err]).toEqual([2, expect.stringContaining(`${id(1)}, ${id(2)}`)])
  const none = await alkhub('queue', 'get', '028f')
  expect([none.code, none.err]).toEqual([1, expect.stringContaining('No queued call')])
})

test('a queued call that waits is aborted by the beginning of its id', async () => {
  const { out } = await alkhub('queue', 'abort', id(1).slice(0, 18), '--reason', 'not needed')
  expect(calls.at(-1)).toEqual({
    operation: 'calls.abort',
    input: { callId: id(1), reason: 'not needed' },
  })
  expect(out).toBe(`Aborted ${id(1)}.\n`)
})

test('all calls that wait or run and match are aborted, after they were counted', async () => {
  const page = (data: unknown): void => void next.push({ operation: 'calls.queued', data })
  const pages = (): void => {
    page({ items: [item(1), item(2)], nextCursor: 'more' })
    page({ items: [item(3)] })
    // It began to run meanwhile.
    page({ items: [item(3), item(4)] })
  }
  const filters = ['--op', 'a.b', '--since', '2030-01-01', '--before', '2030-01-02']
  pages()
  const counted = await alkhub('queue', 'abort', '--all', '--dry-run', ...filters)
  expect(counted.out).toBe('4 queued calls would be aborted.\n')
  const filter = {
    operationId: 'a.b',
    from: '2030-01-01T00:00:00.000Z',
    before: '2030-01-02T00:00:00.000Z',
    limit: 200,
  }
  expect(calls.splice(0).map(({ input }) => input)).toEqual([
    { ...filter, status: 'accepted' },
    { ...filter, status: 'accepted', cursor: 'more' },
    { ...filter, status: 'running' },
  ])
  pages()
  const receipts = ['too-late', 'honoured', 'ignored', 'honoured']
  next.push({
    operation: 'calls.abortMany',
    data: { calls: receipts.map((receipt, at) => ({ callId: id(at + 1), receipt })) },
  })
  const { code, out } = await alkhub('queue', 'abort', '--all', '--reason', 'wrong input')
  expect({ code, out }).toEqual({ code: 0, out: '3 aborted, 1 had ended meanwhile.\n' })
  expect(calls.slice(3)).toEqual([
    {
      operation: 'calls.abortMany',
      input: { callIds: [1, 2, 3, 4].map((n) => id(n)), reason: 'wrong input' },
    },
  ])
})

test('repeating all goes on behind calls that are refused, and does not repeat twice what fails again', async () => {
  const refused = { callId: id(4), code: 'OPERATION_NOT_FOUND', message: 'It is gone.' }
  const step = (data: object): void =>
    void next.push({ operation: 'calls.repeatDead', data: { repeated: [], refused: [], ...data } })
  step({ refused: [refused], left: 3, nextCursor: 'older' })
  step({ repeated: [{ callId: id(2), repeatedAs: id(3) }], left: 2 })
  const { code, out } = await alkhub('queue', 'repeat', '--all', '--code', 'X', '--since', '1h')
  expect(calls.map(({ input }) => input)).toEqual([
    { code: 'X', from: expect.any(String), limit: 200, dryRun: false },
    { code: 'X', from: expect.any(String), limit: 200, dryRun: false, cursor: 'older' },
  ])
  expect({ code, out }).toEqual({
    code: 1,
    out: expect.stringMatching(
      /is repeated as .*\n.* cannot be repeated: It is gone.\n1 repeated, 2 left\./,
    ),
  })
})

test('a wrong argument is refused with what to give, before the hub is asked', async () => {
  for (const [words, text] of [
    ['queue get', '`alkhub queue list`'],
    ['queue get zz', '`zz` is not the id of a call'],
    [`queue get ${id(1)} --wait soon`, '--wait takes milliseconds, not `soon`'],
    [`queue get ${id(1)} --wait 25001`, 'up to 25000'],
    ['queue list --status gone', '`accepted`, `running`'],
    ['queue list --limit 0', '--limit takes a whole number from 1 on'],
    ['queue repeat', '--all'],
    ['queue repeat zz', '`zz` is not the id of a call'],
    [`queue repeat ${id(1)} --all`, 'cannot both be given'],
    [`queue repeat ${id(1)} --dry-run`, '--dry-run needs --all'],
    [`queue abort ${id(1)} --all`, 'cannot both be given'],
    [`queue abort ${id(1)} --op a.b`, '--op needs --all'],
    ['queue abort', 'Which call?'],
    ['queue list --since soon', '--since takes a duration or a date'],
  ] as const) {
    const { code, err } = await alkhub(...words.split(' '))
    expect({ words, code, err }).toEqual({ words, code: 2, err: expect.stringContaining(text) })
  }
  expect(calls).toEqual([])
})
