import type { CallsTreeOutput, CallSummary } from '@alkdev/contracts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'
import { dotOf, linesOf, mermaidOf } from './calls/draw-tree.ts'

// A listener instead of a hub: the tests check what is sent. Against a real hub: test/src/e2e/cli-calls.e2e.test.ts.

const id = (at: number) => `018f4a1e-0000-7000-8000-00000000000${at}`
const at = '2030-01-01T10:00:00.000Z'
const summary = (n: number, more: Partial<CallSummary> = {}): CallSummary => ({
  callId: id(n),
  operationId: `op.${n}`,
  status: 'completed',
  startedAt: at,
  completedAt: at,
  durationMs: 12,
  ...more,
})
const failed = summary(2, { status: 'failed', code: 'TIMEOUT', parentCallId: id(1) })
const treeOf = (more: Partial<CallsTreeOutput> = {}): CallsTreeOutput => ({
  root: summary(1),
  calls: [failed, summary(3, { parentCallId: id(1) }), summary(4, { parentCallId: id(2) })],
  links: [{ sourceCallId: id(3), targetCallId: id(4) }],
  complete: true,
  ...more,
})
const group = { calls: [failed], skipped: 3, interrupted: true }
const event = (type: string, data: unknown) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
const problem = { code: 'PROVIDER_LOST', detail: 'The hub is draining; watch again.' }

const answers: Record<string, unknown> = {
  'calls.list': { items: [summary(1), failed] },
  'calls.get': {
    ...failed,
    input: { a: '\u009b' },
    error: { code: 'TIMEOUT', message: 'late\u001B' },
  },
  'calls.tree': treeOf(),
  'calls.repeat': {
    callId: id(9),
    repeatOf: id(1),
    operationId: 'op.1',
    status: 'completed',
    output: 5,
  },
  'calls.abort': { callId: id(1), receipt: 'honoured', below: { count: 2, calls: [] } },
  'accounts.list': { items: [] },
}
let found: readonly CallSummary[] | undefined
let queued: readonly string[] = []

const hub = new AnsweringListener(({ operation }, response) => {
  if (operation === 'calls.watch') {
    response.setHeader('content-type', 'text/event-stream')
    response.end(event('message', { data: group }) + event('error', problem))
  }
  if (operation === 'calls.queued') return { items: queued.map((callId) => ({ callId })) }
  return operation === 'calls.list' && found !== undefined ? { items: found } : answers[operation]
})
const { calls } = hub

beforeAll(() => hub.start())
afterAll(() => hub.stop())
beforeEach(() => {
  calls.length = 0
  found = undefined
  queued = []
})

const alkhub = (...words: string[]) => run([...words, ...hub.args])

test('calls list sends every filter, and its rows fit into 80 columns', async () => {
  const words = `calls list --all --op op.1 --outcome failed --code TIMEOUT --session ${id(3)} --parent ${id(4)} --idempotency-key k --slower 250ms --faster 10s --id 018f --limit 2`
  const { code, out } = await alkhub(...words.split(' '))
  expect([code, calls]).toEqual([
    0,
    [
      {
        operation: 'calls.list',
        input: {
          all: true,
          operationId: 'op.1',
          status: 'failed',
          code: 'TIMEOUT',
          sessionId: id(3),
          parentCallId: id(4),
          idempotencyKey: 'k',
          minDurationMs: 250,
          maxDurationMs: 10_000,
          idPrefix: '018f',
          limit: 2,
        },
      },
    ],
  ])
  expect(out).toMatch(
    /^CALL +AT +TOOK +OUTCOME +OPERATION\n018f4a1e-0000-7000 .* 12 ms +completed +op\.1\n.*TIMEOUT/,
  )
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect(JSON.parse((await alkhub('calls', 'list', '--json')).out)).toEqual(answers['calls.list'])
})

test('a wrong outcome, time or format is refused with what to write', async () => {
  for (const [words, text] of [
    ['calls list --outcome good', '`completed`, `failed` or `aborted`'],
    ['calls list --slower soon', '--slower takes a duration'],
    ['calls tree 018f --format svg', '`text`, `mermaid` or `dot`'],
    ['calls get', '`alkhub calls list`'],
    ['calls get zz', '`zz` is not the id of a call'],
    [`calls tree z${id(1).slice(1)}`, 'is not the id of a call'],
    ['calls list --slower soon', '250ms'],
    ['calls list --limit 0', '--limit takes a whole number from 1 on'],
  ] as const) {
    const { code, err } = await alkhub(...words.split(' '))
    expect({ words, code, err }).toEqual({ words, code: 2, err: expect.stringContaining(text) })
  }
})

test('a call, also a queued one, is found by the beginning of its id if one call alone has it', async () => {
  found = [summary(1)]
  await alkhub('calls', 'get', '018f')
  expect(calls.slice(0, 3)).toEqual([
    { operation: 'calls.list', input: { idPrefix: '018f', limit: 3 } },
    { operation: 'calls.queued', input: { limit: 200 } },
    { operation: 'calls.get', input: { callId: id(1) } },
  ])
  found = []
  queued = [id(7)]
  await alkhub('calls', 'get', '018f')
  expect(calls.at(-1)).toEqual({ operation: 'calls.get', input: { callId: id(7) } })
  const none = await alkhub('calls', 'get', '028f')
  expect([none.code, none.err]).toEqual([
    1,
    expect.stringContaining('No call that has ended begins with 028f'),
  ])
  expect(JSON.parse((await alkhub('calls', 'get', '028f', '--json')).out)).toMatchObject({
    error: { code: 'CALL_NOT_FOUND' },
  })
})

test('of several calls that begin alike none is chosen, and they are shown', async () => {
  for (const [ended, waiting] of [
    [[summary(1), summary(2)], []],
    [[], [id(2), id(1)]],
    [[summary(1)], [id(2)]],
  ] as const) {
    found = ended
    queued = waiting
    calls.length = 0
    const { code, err } = await alkhub('calls', 'get', '018f4a1e')
    expect([code, err]).toEqual([2, expect.stringContaining('Several calls begin with 018f4a1e.')])
    for (const one of [id(1), id(2)]) expect(err).toContain(one)
    expect(calls.map(({ operation }) => operation)).not.toContain('calls.get')
  }
})

test('calls get shows outcome, input and error without characters that change the terminal', async () => {
  const { out } = await alkhub('calls', 'get', id(2))
  expect(out).toMatch(/outcome +failed with TIMEOUT/)
  expect(out).toMatch(/^input\n\{/m)
  expect(out).toMatch(/^error\nTIMEOUT: late/m)
  for (const control of ['\u001B', '\u009B']) expect(out).not.toContain(control)
})

test('a tree is drawn for people, as Mermaid and as DOT', async () => {
  const lines = linesOf(treeOf({ complete: false })).split('\n')
  expect(lines.map((line) => line.replace(/ {2}(\d\d-|\d\d:).*/, ''))).toEqual([
    'op.1  completed, 12 ms',
    '├─ op.2  TIMEOUT, 12 ms',
    '│  └─ op.4  completed, 12 ms',
    '└─ op.3  completed, 12 ms',
    '',
    'There are more: raise --depth or --limit.',
  ])
  const { out } = await alkhub('calls', 'tree', id(1), '--format', 'mermaid', '--depth', '3')
  expect(calls.at(-1)?.input).toEqual({ callId: id(1), depth: 3 })
  expect(out).toBe(
    [
      'flowchart TD',
      '  c0["op.1<br/>completed, 12 ms"]',
      '  c1["op.2<br/>TIMEOUT, 12 ms"]',
      '  c2["op.3<br/>completed, 12 ms"]',
      '  c3["op.4<br/>completed, 12 ms"]',
      '  c0 --> c1',
      '  c0 --> c2',
      '  c1 --> c3',
      '  c2 -.-> c3',
      '',
    ].join('\n'),
  )
  expect((await alkhub('calls', 'tree', id(1), '--format', 'dot')).out).toContain(
    'c2 -> c3 [style=dotted]',
  )
})

test('a hostile name of an operation ends no label of a diagram', () => {
  const root = summary(1, { operationId: 'a"]\nc9 --> c1 \\" <b>' })
  const hostile = treeOf({ root, calls: [], links: [] })
  expect(mermaidOf(hostile).split('\n')[1]).toBe(
    '  c0["a#34;#93;#10;c9 --#62; c1 #92;#34; #60;b#62;<br/>completed, 12 ms"]',
  )
  expect(dotOf(hostile)).toContain(String.raw`[label="a\"] c9 --> c1 \\\" <b>\ncompleted, 12 ms"]`)
})

test('calls tail shows calls as they end and says what it may have missed', async () => {
  const { code, out, err } = await alkhub('calls', 'tail', '--outcome', 'failed')
  expect(calls).toEqual([{ operation: 'calls.watch', input: { status: 'failed' } }])
  expect(out).toMatch(/^018f4a1e-0000-7000 .* 12 ms {2}TIMEOUT {15}op\.2\n$/)
  expect(err).toContain('3 calls of the hub')
  expect(err).toContain('The connection was lost')
  expect([code, err]).toEqual([1, expect.stringContaining('The hub is draining')])
  const json = await alkhub('calls', 'tail', '--json')
  expect(JSON.parse(json.out.split('\n')[0] ?? '')).toEqual(failed)
})

test('calls repeat prints the new data, and fails as the new call does', async () => {
  expect((await alkhub('calls', 'repeat', id(1))).out).toBe('5\n')
  const before = answers['calls.repeat']
  const error = { code: 'TIMEOUT', message: 'It took too long.' }
  answers['calls.repeat'] = { callId: id(9), operationId: 'op.1', status: 'failed', error }
  const { code, out } = await alkhub('calls', 'repeat', id(1), '--json')
  answers['calls.repeat'] = before
  expect([code, JSON.parse(out).error]).toEqual([
    1,
    expect.objectContaining({ code: 'TIMEOUT', callId: id(9) }),
  ])
})

test('calls abort says what was aborted', async () => {
  expect((await alkhub('calls', 'abort', id(1), '--reason', 'wrong')).out).toBe(
    `Aborted ${id(1)}, and 2 below it.\n`,
  )
  expect(calls.at(-1)?.input).toEqual({ callId: id(1), reason: 'wrong' })
})
