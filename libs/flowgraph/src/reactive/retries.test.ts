import { createHostRoot } from '@alkdev/ujsx'
import { expect, test } from 'vitest'
import { Conditional, GraphologyHostConfig, Map, Operation, Sequential } from '../index.ts'
import { WorkflowReactiveRoot } from './workflow-reactive-root.ts'
import type { UElement } from '@alkdev/ujsx'
import type { WorkflowEvent } from './events.ts'
import type { WorkflowRootOptions } from './workflow-reactive-root.ts'

function started(template: UElement, options: WorkflowRootOptions = {}) {
  const { flow } = createHostRoot(GraphologyHostConfig).render(template).ctx
  const run = new WorkflowReactiveRoot(flow, { now: () => 0, ...options })
  let calls = 0
  return {
    run,
    flow,
    start: (key: string) => run.start(key, `call-${(calls += 1)}`).requestId,
    end: (requestId: string, output: unknown = null) =>
      run.append({ type: 'call.responded', requestId, output }),
    fail: (requestId: string, retry?: 'always' | 'never') =>
      run.append({
        type: 'call.error',
        requestId,
        code: 'EXECUTION_ERROR',
        message: '',
        ...(retry !== undefined && { retry }),
      }),
  }
}

const chain = Sequential(
  {},
  Operation({ name: 'a', retries: 1, timeoutMs: 5, backoffMs: 7 }),
  Operation({ name: 'b' }),
)

test('a failure that does not count leaves the retries of a step as they were', () => {
  const { run, start, fail } = started(chain)
  for (let times = 0; times < 5; times += 1) fail(start('a'), 'always')
  expect(run.getStatus('a')).toBe('ready')
  fail(start('a'))
  expect(run.getStatus('a')).toBe('ready')
  fail(start('a'))
  expect(run.getStatus('a')).toBe('failed')
})

test('a final failure fails a step that has retries left', () => {
  const { run, start, fail } = started(chain)
  fail(start('a'), 'never')
  expect([run.getStatus('a'), run.getStatus('b')]).toEqual(['failed', 'aborted'])
})

test('a step that failed is made ready again, with what follows it, and its log gives the same run', () => {
  const { run, flow, start, end, fail } = started(chain)
  fail(start('a'), 'never')
  expect(run.isComplete()).toBe(true)
  expect(run.retryNodes(['a', 'b'])).toEqual(['a'])
  expect([run.getStatus('a'), run.getStatus('b'), run.isComplete()]).toEqual([
    'ready',
    'idle',
    false,
  ])
  const log = structuredClone(run.log) as WorkflowEvent[]
  const resumed = new WorkflowReactiveRoot(flow, { events: log })
  expect(resumed.readyNodes()).toEqual(['a'])
  end(start('a'))
  end(start('b'))
  expect(run.getAggregateStatus()).toBe('completed')
  expect(run.retryNodes(['a'])).toEqual([])
})

test('retrying a step of a Map opens the Map and what follows it', () => {
  const { run, start, end, fail } = started(
    Sequential(
      {},
      Operation({ name: 'list' }),
      Map({ over: { $result: 'list' }, as: 'x', key: 'each' }, Operation({ name: 'do' })),
      Operation({ name: 'last' }),
    ),
  )
  end(start('list'), [1, 2])
  end(start('each[0]/do'))
  fail(start('each[1]/do'))
  expect([run.getStatus('each'), run.getStatus('last')]).toEqual(['failed', 'aborted'])
  expect(run.retryNodes(['each[1]/do', 'each'])).toEqual(['each[1]/do'])
  end(start('each[1]/do'))
  end(start('last'))
  expect(run.getAggregateStatus()).toBe('completed')
})

test('a Map whose items need more steps than the run may have fails, and makes none', () => {
  const { run, start, end } = started(
    Sequential(
      {},
      Operation({ name: 'list' }),
      Map(
        { over: { $result: 'list' }, as: 'x', key: 'each' },
        Sequential({}, Operation({ name: 'do' }), Operation({ name: 'more' })),
      ),
    ),
    { maxSteps: 7 },
  )
  end(start('list'), [1, 2, 3])
  expect(run.getResult('each')).toMatchObject({ status: 'failed', error: { code: 'MAP_ERROR' } })
  expect(run.nodes()).toEqual(['list', 'each'])
})

test('the steps after one are those that wait for it, with the items of Maps behind it', () => {
  const { run, start, end } = started(
    Sequential(
      {},
      Operation({ name: 'list' }),
      Map(
        { over: { $result: 'list' }, as: 'x', key: 'each' },
        Sequential({}, Operation({ name: 'do' }), Operation({ name: 'more' })),
      ),
      Conditional({ test: 'each' }, Operation({ name: 'last' })),
    ),
  )
  end(start('list'), [1, 2])
  expect([...run.stepsAfter('list')].toSorted()).toEqual([
    'each',
    'each[0]/do',
    'each[0]/more',
    'each[1]/do',
    'each[1]/more',
    'last',
  ])
  expect([...run.stepsAfter('each[0]/do')].toSorted()).toEqual(['each', 'each[0]/more', 'last'])
  expect([...run.stepsAfter('last')]).toEqual([])
})

test('a step has its time and its back-off for the code that makes its calls', () => {
  const { run } = started(chain)
  expect(run.getAttributes('a')).toMatchObject({ timeoutMs: 5, backoffMs: 7 })
})

test('a step that is retried has all of its retries again', () => {
  const { run, start, fail } = started(chain)
  for (let times = 0; times < 2; times += 1) fail(start('a'))
  expect(run.getStatus('a')).toBe('failed')
  run.retryNodes(['a'])
  fail(start('a'))
  expect(run.getStatus('a')).toBe('ready')
})
