import type { StoredRunEvent } from '@alkdev/storage/workflows'
import { expect, test } from 'vitest'
import { compileWorkflow } from './compiled-workflow.ts'
import { effectKey } from './effect-key.ts'
import { reusedEvents } from './reused-events.ts'
import { failedSteps, runEndOf } from './run-end.ts'
import { RunState } from './run-state.ts'

const op = (name: string, props: object = {}, key?: string): object => ({
  type: 'operation',
  props: { name, ...props },
  ...(key !== undefined && { key }),
})
const template = JSON.stringify({
  type: 'sequential',
  children: [
    op('w.list', { retries: 1 }),
    {
      type: 'map',
      key: 'each',
      props: { over: { $result: 'w.list', path: '/items' }, as: 'x', maxConcurrency: 2 },
      children: [op('w.do', { input: { x: { $item: 'x' } } })],
    },
    op('w.last', { input: { all: { $result: 'each' }, n: { $result: 'input', path: '/n' } } }),
  ],
})

/** A run whose events are stored as the database stores them. */
function opened(stored: StoredRunEvent[] = [], now = () => 1000) {
  const graph = compileWorkflow(template)
  const state = new RunState({
    graph,
    failurePolicy: 'continue-running',
    input: { n: 7 },
    events: stored,
    now,
  })
  const save = (): void => {
    for (const event of state.takeUnsaved())
      stored.push({ ...event, seq: stored.length + 1, createdAt: new Date(0), ageMs: 0 })
  }
  let calls = stored.length
  const start = (key: string, notes: object = {}): string => {
    const callId = `call-${(calls += 1)}`
    state.start(key, callId, { mode: 'call', class: 'safe', ...notes })
    save()
    return callId
  }
  const end = (requestId: string, output: unknown): void => {
    state.append({ type: 'call.responded', requestId, output })
    save()
  }
  const fail = (requestId: string, notes: object, retry?: 'always' | 'never'): void => {
    state.append(
      {
        type: 'call.error',
        requestId,
        code: 'X',
        message: 'It failed.',
        ...(retry !== undefined && { retry }),
      },
      notes,
    )
    save()
  }
  return { graph, state, stored, start, end, fail }
}

const picture = ({ root, facts }: RunState) =>
  root.nodes().map((key) => [key, root.getStatus(key), root.getResult(key), facts.of(key)])

test('a run that is loaded from its log at any point is in the state in which it was', () => {
  const run = opened()
  const steps: (() => void)[] = [
    () => run.end(run.start('input', { mode: 'input' }), { n: 7 }),
    () => run.fail(run.start('w.list'), { ran: 'no', delayMs: 50 }, 'always'),
    () => run.fail(run.start('w.list'), { ran: 'yes' }),
    () => run.end(run.start('w.list'), { items: ['a', 'b', 'c'] }),
    () => void run.start('each[0]/w.do', { mode: 'queued' }),
    () => run.end(run.start('each[1]/w.do'), 'B'),
    () => run.end('call-5', 'A'),
    () => run.end(run.start('each[2]/w.do'), 'C'),
    () => run.end(run.start('w.last'), 'end'),
  ]
  for (const step of steps) {
    step()
    const { state } = opened([...run.stored])
    expect(picture(state)).toEqual(picture(run.state))
    expect(state.facts.open).toEqual(run.state.facts.open)
  }
  expect(run.state.root.getInput('w.last')).toEqual({ all: ['A', 'B', 'C'], n: 7 })
  expect(runEndOf(run.state.root, run.graph, null, 1000)).toEqual({
    status: 'completed',
    output: '"end"',
  })
})

test('the log holds neither inputs nor the input of the run', () => {
  const run = opened()
  run.end(run.start('input', { mode: 'input' }), { n: 7 })
  run.end(run.start('w.list'), { items: [] })
  expect(run.stored.map(({ type, nodeKey, data }) => [type, nodeKey, JSON.parse(data)])).toEqual([
    ['call.requested', 'input', expect.not.objectContaining({ input: expect.anything() })],
    ['call.responded', 'input', { requestId: 'call-1' }],
    ['call.requested', 'w.list', expect.objectContaining({ attempt: 1, mode: 'call' })],
    ['call.responded', 'w.list', { requestId: 'call-2', output: { items: [] } }],
  ])
})

test('a step keeps its effect while it is unknown whether it had it, and gets another one after a certain failure', () => {
  const run = opened()
  run.end(run.start('input', { mode: 'input' }), { n: 7 })
  run.fail(run.start('w.list'), { ran: 'unknown' }, 'always')
  expect(run.state.facts.of('w.list')).toMatchObject({ effect: 1, lost: 1, failures: 0 })
  run.fail(run.start('w.list'), { ran: 'no', delayMs: 30 }, 'always')
  expect(run.state.facts.of('w.list')).toMatchObject({ effect: 1, unavailable: 1, notBefore: 1030 })
  run.fail(run.start('w.list'), { ran: 'yes' })
  expect(run.state.facts.of('w.list')).toMatchObject({ effect: 2, failures: 1, unavailable: 0 })
  const keys = [
    effectKey('run', 'a', 1),
    effectKey('run', 'a', 2),
    effectKey('run', 'b', 1),
    effectKey('other', 'a', 1),
  ]
  expect(new Set(keys).size).toBe(4)
  expect(keys.every((key) => key.length <= 128 && /^[\u0020-\u007e]+$/.test(key))).toBe(true)
})

test('a run that failed says which step did, and goes on from it when that is retried', () => {
  const run = opened()
  run.end(run.start('input', { mode: 'input' }), { n: 7 })
  run.end(run.start('w.list'), { items: [1, 2] })
  run.end(run.start('each[0]/w.do'), 'A')
  run.fail(run.start('each[1]/w.do'), { ran: 'yes' }, 'never')
  expect(runEndOf(run.state.root, run.graph, null, 1000)).toMatchObject({
    status: 'failed',
    error: { code: 'X', details: { step: 'each[1]/w.do' } },
  })
  run.state.root.retryNodes(failedSteps(run.state.root))
  const events = run.state.takeUnsaved()
  const at = { createdAt: new Date(0), ageMs: 0 }
  run.stored.push(
    ...events.map((event, n) => ({ ...event, ...at, seq: run.stored.length + n + 1 })),
  )
  const { state } = opened([...run.stored])
  expect(state.root.readyNodes()).toEqual(['each[1]/w.do'])
  expect(state.facts.of('each[1]/w.do')).toMatchObject({ attempts: 1, failures: 0, effect: 2 })
})

test('a branch takes over the completed calls that do not depend on its step', () => {
  const run = opened()
  run.end(run.start('input', { mode: 'input' }), { n: 7 })
  run.end(run.start('w.list'), { items: [1, 2] })
  run.end(run.start('each[0]/w.do'), 'A')
  run.end(run.start('each[1]/w.do'), 'B')
  run.end(run.start('w.last'), 'end')
  const loaded = { graph: run.graph, state: run.state, events: run.stored }
  expect(reusedEvents(loaded, 'w.last').reused).toEqual([
    'input',
    'w.list',
    'each',
    'each[0]/w.do',
    'each[1]/w.do',
  ])
  const { reused, events } = reusedEvents(loaded, 'each[1]/w.do')
  expect(reused).toEqual(['input', 'w.list', 'each[0]/w.do'])
  const { state } = opened(
    events.map((event, n) => ({ ...event, seq: n + 1, createdAt: new Date(0), ageMs: 0 })),
  )
  expect(state.root.readyNodes()).toEqual(['each[1]/w.do'])
  expect(reusedEvents(loaded, 'input').reused).toEqual([])
})
