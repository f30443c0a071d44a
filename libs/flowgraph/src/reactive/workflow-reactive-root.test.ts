import { createHostRoot, effect, h, signal } from '@alkdev/ujsx'
import { DirectedGraph } from 'graphology'
import { describe, expect, test } from 'vitest'
import { Conditional, Map as Each, Operation, Parallel, Sequential } from '../component.ts'
import { FlowgraphError, NodeNotFoundError } from '../errors.ts'
import { GraphologyHostConfig } from '../host/graphology.ts'
import { WorkflowReactiveRoot } from './workflow-reactive-root.ts'
import type { UChild, UElement } from '@alkdev/ujsx'
import type { NodeStatus } from '../schema/enums.ts'
import type { Results } from '../template/components.ts'
import type { WorkflowEvent } from './events.ts'
import type { WorkflowRootOptions } from './workflow-reactive-root.ts'

const op = (name: string, props: object = {}): UElement => h(Operation, { name, ...props })
const seq = (...children: readonly UChild[]): UElement => h(Sequential, null, ...children)
const par = (...children: readonly UChild[]): UElement => h(Parallel, null, ...children)

/** A run with a clock that stands still and request ids `key/attempt`. */
class Run extends WorkflowReactiveRoot {
  constructor(template: UChild, options: WorkflowRootOptions = {}) {
    super(createHostRoot(GraphologyHostConfig, null).render(template).ctx.flow, {
      now: () => 0,
      ...options,
    })
  }

  begin(...keys: readonly string[]): this {
    for (const key of keys)
      this.start(
        key,
        `${key}/${this.getEvents(key).filter((event) => event.type === 'call.requested').length + 1}`,
      )
    return this
  }

  requestId(key: string): string {
    return this.nodeKeyToRequestId.get(key) ?? 'none'
  }

  complete(key: string, output: unknown = null): this {
    if (this.getStatus(key) === 'ready') this.begin(key)
    this.append({ type: 'call.responded', requestId: this.requestId(key), output, timestamp: 0 })
    return this
  }

  fail(key: string): this {
    if (this.getStatus(key) === 'ready') this.begin(key)
    this.append({
      type: 'call.error',
      requestId: this.requestId(key),
      code: 'BROKEN',
      message: 'm',
      timestamp: 0,
    })
    return this
  }

  statuses(): Record<string, NodeStatus> {
    return Object.fromEntries(this.nodes().map((key) => [key, this.getStatus(key)]))
  }
}

describe('a sequence', () => {
  test('goes from ready to running to completed, step by step', () => {
    const run = new Run(seq(op('A'), op('B')))
    expect(run.statuses()).toEqual({ A: 'ready', B: 'idle' })
    expect([run.readyNodes(), run.getAggregateStatus(), run.isComplete()]).toEqual([
      ['A'],
      'ready',
      false,
    ])
    run.begin('A')
    expect(run.statuses()).toEqual({ A: 'running', B: 'idle' })
    expect(run.getAggregateStatus()).toBe('running')
    run.complete('A', { n: 1 })
    expect(run.statuses()).toEqual({ A: 'completed', B: 'ready' })
    expect(run.getResult('A')).toEqual({ status: 'completed', output: { n: 1 } })
    expect(run.getResult('B')).toBeUndefined()
    run.complete('B')
    expect([run.isComplete(), run.getAggregateStatus(), run.readyNodes()]).toEqual([
      true,
      'completed',
      [],
    ])
  })

  test('start gives the event with the input, and refuses what is not ready, unknown or used', () => {
    const run = new Run(
      seq(op('A'), op('B', { input: { from: { $result: 'A', path: '/list/1' }, fixed: 1 } })),
    )
    expect(() => run.start('B', 'r')).toThrow(FlowgraphError)
    expect(() => run.start('X', 'r')).toThrow(NodeNotFoundError)
    run.complete('A', { list: [1, 2] })
    expect(() => run.start('B', 'A/1')).toThrow('was used before')
    expect(run.start('B', 'r', 5)).toEqual({
      type: 'call.requested',
      requestId: 'r',
      nodeKey: 'B',
      operationId: 'B',
      input: { from: 2, fixed: 1 },
      attempt: 1,
      timestamp: 5,
    })
    expect(run.requestIdToNodeKey.get('r')).toBe('B')
  })

  test('an input may be a function of the results before it', () => {
    const run = new Run(
      seq(
        op('ns.a', { key: 'A' }),
        op('B', { input: (results: Results) => [results['A']?.output, results['ns.a']?.output] }),
      ),
    )
    run.complete('A', 7)
    expect(run.getInput('B')).toEqual([7, 7])
  })
})

describe('groups', () => {
  test('what follows a group waits until all of it has settled', () => {
    const run = new Run(seq(par(op('A'), op('B')), op('C')))
    expect(run.statuses()).toEqual({ A: 'ready', B: 'ready', C: 'idle' })
    run.complete('A')
    expect(run.getStatus('C')).toBe('waiting')
    run.complete('B')
    expect(run.getStatus('C')).toBe('ready')
  })

  test('a limited group runs up to maxConcurrency children; each keeps its slot until all its steps are over', () => {
    const run = new Run(
      h(Parallel, { maxConcurrency: 2 }, seq(op('A1'), op('A2')), op('B'), op('C'), op('D')),
    )
    expect(run.statuses()).toEqual({
      A1: 'ready',
      A2: 'idle',
      B: 'ready',
      C: 'waiting',
      D: 'waiting',
    })
    run.complete('A1')
    expect(run.statuses()).toMatchObject({ A2: 'ready', C: 'waiting' })
    run.complete('B')
    expect(run.statuses()).toMatchObject({ C: 'ready', D: 'waiting' })
    run.fail('A2')
    expect(run.statuses()).toMatchObject({ C: 'ready', D: 'ready' })
  })

  test('a limit inside a limit holds both', () => {
    const inner = (name: string): UElement =>
      h(Parallel, { maxConcurrency: 1 }, op(`${name}1`), op(`${name}2`))
    const run = new Run(h(Parallel, { maxConcurrency: 1 }, inner('A'), inner('B')))
    expect(run.readyNodes()).toEqual(['A1'])
    run.complete('A1')
    expect(run.readyNodes()).toEqual(['A2'])
    run.complete('A2')
    expect(run.readyNodes()).toEqual(['B1'])
  })

  test('skipped and aborted children take no place', () => {
    const run = new Run(
      h(
        Parallel,
        { maxConcurrency: 1 },
        h(Conditional, { test: false }, op('A')),
        op('B'),
        op('C'),
      ),
    )
    expect(run.statuses()).toEqual({ A: 'skipped', B: 'ready', C: 'waiting' })
    run.abortNode('B')
    expect(run.statuses()).toEqual({ A: 'skipped', B: 'aborted', C: 'ready' })
  })
})

describe('failures', () => {
  test('abort what has not started behind them; what stands beside goes on', () => {
    const run = new Run(seq(par(op('A'), seq(op('B'), op('B2'))), op('C'), op('D')))
    run.begin('A', 'B').fail('A')
    expect(run.statuses()).toEqual({
      A: 'failed',
      B: 'running',
      B2: 'idle',
      C: 'aborted',
      D: 'aborted',
    })
    expect(run.getResult('A')).toEqual({
      status: 'failed',
      output: undefined,
      error: { code: 'BROKEN', message: 'm' },
    })
    run.complete('B').complete('B2')
    expect([run.isComplete(), run.getAggregateStatus()]).toEqual([true, 'failed'])
  })

  test('also abort what is ready: a step may fail after all', () => {
    const run = new Run(seq(op('A'), op('B')))
    run.complete('A')
    run.append({
      type: 'call.requested',
      requestId: 'again',
      operationId: 'A',
      nodeKey: 'A',
      timestamp: 1,
    })
    expect(run.statuses()).toEqual({ A: 'running', B: 'idle' })
    run.fail('A')
    expect(run.statuses()).toEqual({ A: 'failed', B: 'aborted' })
  })

  test.each([
    ['continue-running', 'running'],
    ['abort-dependents', 'aborted'],
  ] as const)('under %s a started step behind a failure is %s', (failurePolicy, status) => {
    const run = new Run(seq(op('A'), op('B'), op('C')), { failurePolicy })
    run.complete('A').begin('B')
    run.append({ type: 'call.requested', requestId: 'again', operationId: 'A', timestamp: 1 })
    run.fail('A')
    expect(run.statuses()).toEqual({
      A: 'failed',
      B: status,
      C: status === 'aborted' ? 'aborted' : 'idle',
    })
  })

  test('an aborted call counts like one that failed', () => {
    const run = new Run(seq(op('A'), op('B')))
    run.begin('A').append({ type: 'call.aborted', requestId: 'A/1', reason: 'why', timestamp: 0 })
    expect(run.statuses()).toEqual({ A: 'aborted', B: 'aborted' })
    expect(run.getResult('A')?.error).toEqual({ code: 'ABORTED', message: 'why' })
    expect(run.getAggregateStatus()).toBe('aborted')
  })
})

describe('retries', () => {
  test('a step that may be retried is ready again; the newest call counts', () => {
    const run = new Run(seq(op('A', { retries: 1 }), op('B')))
    run.fail('A')
    expect(run.statuses()).toEqual({ A: 'ready', B: 'idle' })
    expect(run.start('A', 'second').attempt).toBe(2)
    expect(run.nodeKeyToRequestId.get('A')).toBe('second')
    run.append({ type: 'call.responded', requestId: 'A/1', output: 'late', timestamp: 9 })
    expect(run.getStatus('A')).toBe('running')
    run.append({ type: 'call.responded', requestId: 'second', output: 'ok', timestamp: 9 })
    expect(run.getResult('A')).toEqual({ status: 'completed', output: 'ok' })
    expect(run.getEvents('A')).toHaveLength(5)
    expect(run.getStatus('B')).toBe('ready')
  })

  test('when they are used up the failure is final', () => {
    const run = new Run(seq(op('A', { retries: 1 }), op('B')))
    run.fail('A').fail('A')
    expect(run.statuses()).toEqual({ A: 'failed', B: 'aborted' })
  })

  test('a call that is made again by hand revives what its failure aborted', () => {
    const run = new Run(seq(op('A'), op('B'), op('C')))
    run.fail('A')
    expect(run.getStatus('C')).toBe('aborted')
    run.append({ type: 'call.requested', requestId: 'A/2', operationId: 'A', timestamp: 1 })
    expect(run.statuses()).toEqual({ A: 'running', B: 'idle', C: 'idle' })
    run.complete('A').complete('B').complete('C')
    expect(run.getAggregateStatus()).toBe('completed')
  })

  test('a retry that came before the call it repeats still is the newest', () => {
    const run = new Run(op('A', { retries: 1 }))
    run.append({ type: 'call.requested', requestId: 'two', operationId: 'A', attempt: 2 })
    run.append({ type: 'call.requested', requestId: 'one', operationId: 'A', attempt: 1 })
    run.append({ type: 'call.error', requestId: 'one', code: 'E', message: '' })
    expect([run.getStatus('A'), run.nodeKeyToRequestId.get('A')]).toEqual(['running', 'two'])
  })
})

describe('conditions', () => {
  const branches = (test: unknown): UElement =>
    seq(
      op('A'),
      h(Conditional, { test: test as string, else: op('C') }, op('B'), op('B2')),
      op('D'),
    )

  test('take one branch and skip the other; what is skipped satisfies what follows', () => {
    const run = new Run(branches({ node: 'A', path: '/n', above: 3 }))
    expect(run.statuses()).toEqual({ A: 'ready', B: 'idle', B2: 'idle', C: 'idle', D: 'idle' })
    run.complete('A', { n: 4 })
    expect(run.statuses()).toEqual({
      A: 'completed',
      B: 'ready',
      B2: 'idle',
      C: 'skipped',
      D: 'waiting',
    })
    const other = new Run(branches({ node: 'A', path: '/n', above: 3 })).complete('A', { n: 3 })
    expect(other.statuses()).toEqual({
      A: 'completed',
      B: 'skipped',
      B2: 'skipped',
      C: 'ready',
      D: 'waiting',
    })
    other.complete('C')
    expect(other.getStatus('D')).toBe('ready')
  })

  test.each<[unknown, boolean]>([
    ['A', true],
    [true, true],
    [{ node: 'A', status: 'completed' }, true],
    [{ node: 'A', status: ['failed', 'aborted'] }, false],
    [{ node: 'A', equals: { list: ['x'], n: 2 } }, true],
    [{ node: 'A', path: '/list/0', in: ['y', 'x'] }, true],
    [{ node: 'A', path: '/no', exists: true }, false],
    [{ node: 'A', path: '/no', exists: false }, true],
    [{ node: 'A', path: '/n', above: 1, below: 2 }, false],
    [{ node: 'A', path: '/list/0', startsWith: 'x' }, true],
    [{ not: { all: ['A', { any: [] }] } }, true],
    [{ any: [false, 'A'] }, true],
    [(results: Results) => results['A']?.status === 'completed', true],
  ])('%j is %s', (condition, taken) => {
    const run = new Run(branches(condition)).complete('A', { n: 2, list: ['x'] })
    expect(run.getStatus('B')).toBe(taken ? 'ready' : 'skipped')
    expect(run.getStatus('C')).toBe(taken ? 'skipped' : 'ready')
  })

  test('that ask for a failure are its boundary', () => {
    const run = new Run(branches('A')).fail('A')
    expect(run.statuses()).toEqual({
      A: 'failed',
      B: 'skipped',
      B2: 'skipped',
      C: 'ready',
      D: 'waiting',
    })
    run.complete('C').complete('D')
    expect(run.isHandled('A')).toBe(true)
    expect(run.getAggregateStatus()).toBe('completed')
  })

  test('that ask for something else are no boundary of what stands before them', () => {
    const run = new Run(par(op('X'), branches('X'))).fail('A')
    expect(run.statuses()).toEqual({
      X: 'ready',
      A: 'failed',
      B: 'aborted',
      B2: 'aborted',
      C: 'aborted',
      D: 'aborted',
    })
    run.complete('X')
    expect(run.getAggregateStatus()).toBe('failed')
  })

  test('wait for what they name', () => {
    const run = new Run(
      par(op('X'), h(Conditional, { test: { not: 'X' }, else: op('C') }, op('B'))),
    )
    expect(run.statuses()).toEqual({ X: 'ready', B: 'idle', C: 'idle' })
    run.fail('X')
    expect(run.statuses()).toEqual({ X: 'failed', B: 'ready', C: 'skipped' })
  })

  test('see only what came before them', () => {
    const seen: string[][] = []
    const look = (results: Results): boolean => seen.push(Object.keys(results)) > 0
    const run = new Run(par(op('other'), seq(op('A'), h(Conditional, { test: look }, op('B')))))
    run.complete('other').complete('A')
    expect(seen).toEqual([['A']])
  })

  test('that throw abort both branches and say why', () => {
    const run = new Run(
      branches(() => {
        throw new Error('no such thing')
      }),
    ).complete('A')
    expect(run.statuses()).toMatchObject({ B: 'aborted', C: 'aborted', D: 'aborted' })
    expect(run.getResult('B')?.error).toEqual({
      code: 'CONDITION_ERROR',
      message: 'The condition of a branch threw: no such thing',
    })
    expect(run.getAggregateStatus()).toBe('aborted')
  })

  test('inside each other are taken together', () => {
    const run = new Run(
      seq(
        op('A'),
        h(Conditional, { test: 'A' }, h(Conditional, { test: false, else: op('C') }, op('B'))),
      ),
    )
    run.complete('A')
    expect(run.statuses()).toEqual({ A: 'completed', B: 'skipped', C: 'ready' })
  })

  test('may be on the edges of a graph that was made by hand', () => {
    const graph = new DirectedGraph()
    for (const key of ['A', 'B', 'C']) graph.addNode(key)
    graph.addEdge('A', 'B', { edgeType: 'conditional', condition: 'A' })
    graph.addEdge('A', 'C', { edgeType: 'conditional', condition: 'A', negated: true })
    const root = new WorkflowReactiveRoot(graph)
    root.append({ type: 'call.requested', requestId: 'r', operationId: 'A', timestamp: 0 })
    root.append({ type: 'call.error', requestId: 'r', code: 'E', message: '', timestamp: 0 })
    expect([root.getStatus('B'), root.getStatus('C')]).toEqual(['skipped', 'ready'])
  })
})

describe('Map', () => {
  const each = (over: unknown, props: object = {}): UElement =>
    seq(
      op('A'),
      h(
        Each,
        { over: over as unknown[], as: 'n', key: 'm', ...props },
        seq(
          op('B', { input: { n: { $item: 'n' }, a: { $result: 'A', path: '/k' } } }),
          op('B2', { input: { $result: 'B' } }),
        ),
      ),
      op('C', { input: { $result: 'm' } }),
    )

  test('makes its steps when it is reached, and is over when they are', () => {
    const run = new Run(each({ $result: 'A', path: '/list' }))
    expect(run.statuses()).toEqual({ A: 'ready', m: 'idle', C: 'idle' })
    run.complete('A', { list: ['x', 'y'], k: 'v' })
    expect(run.statuses()).toEqual({
      A: 'completed',
      m: 'running',
      C: 'idle',
      'm[0]/B': 'ready',
      'm[0]/B2': 'idle',
      'm[1]/B': 'ready',
      'm[1]/B2': 'idle',
    })
    expect(run.getInput('m[1]/B')).toEqual({ n: 'y', a: 'v' })
    run.complete('m[0]/B', 10).complete('m[1]/B', 11)
    expect(run.getInput('m[1]/B2')).toBe(11)
    run.complete('m[1]/B2', 'two').complete('m[0]/B2', 'one')
    expect(run.getStatus('m')).toBe('completed')
    expect(run.getInput('C')).toEqual(['one', 'two'])
    run.complete('C')
    expect(run.getAggregateStatus()).toBe('completed')
  })

  test('fails as soon as an item fails; the other items go on', () => {
    const run = new Run(each(() => [1, 2])).complete('A')
    run.begin('m[1]/B').fail('m[0]/B')
    expect(run.statuses()).toMatchObject({
      m: 'failed',
      C: 'aborted',
      'm[0]/B2': 'aborted',
      'm[1]/B': 'running',
    })
    run.complete('m[1]/B')
    expect(run.getStatus('m[1]/B2')).toBe('ready')
    expect(run.isComplete()).toBe(false)
  })

  test('is over at once without items, and fails for what is no list', () => {
    expect(new Run(each(() => [])).complete('A').statuses()).toEqual({
      A: 'completed',
      m: 'completed',
      C: 'ready',
    })
    const run = new Run(each({ $result: 'A' })).complete('A', 'text')
    expect(run.statuses()).toEqual({ A: 'completed', m: 'failed', C: 'aborted' })
    expect(run.getResult('m')?.error?.code).toBe('MAP_ERROR')
  })

  test('has as many items under way as its limit says', () => {
    const run = new Run(each(() => [1, 2, 3], { maxConcurrency: 2 })).complete('A')
    expect(run.readyNodes()).toEqual(['m[0]/B', 'm[1]/B'])
    run.complete('m[0]/B').complete('m[0]/B2')
    expect(run.readyNodes()).toEqual(['m[1]/B', 'm[2]/B'])
  })

  test('inside a Map knows the items of both', () => {
    const inner = h(
      Each,
      { over: { $result: 'A', path: '/inner' }, as: 'i' },
      op('B', { input: [{ $item: 'o' }, { $item: 'i' }] }),
    )
    const run = new Run(
      seq(op('A'), h(Each, { over: { $result: 'A', path: '/outer' }, as: 'o' }, inner)),
    )
    run.complete('A', { outer: [1, 2], inner: ['x'] })
    expect(run.getInput('map[1]/map[0]/B')).toEqual([2, 'x'])
    run.complete('map[0]/map[0]/B', 'r').complete('map[1]/map[0]/B', 's')
    expect(run.getResult('map')?.output).toEqual([['r'], ['s']])
  })

  test('keeps the items of a signal as they were when it was reached', () => {
    const items = signal<unknown[]>([1])
    const run = new Run(each(items)).complete('A')
    items.value = [1, 2]
    expect(run.nodes()).not.toContain('m[1]/B')
    expect(run.log.at(-1)).toEqual({ type: 'map.expanded', nodeKey: 'm', items: [1], timestamp: 0 })
  })
})

describe('abort', () => {
  test('of a step aborts what has not started behind it, for good', () => {
    const run = new Run(seq(par(op('A'), op('B')), op('C')))
    run.begin('A').abortNode('A', 'enough')
    expect(run.statuses()).toEqual({ A: 'aborted', B: 'ready', C: 'aborted' })
    expect(run.getResult('A')?.error).toEqual({ code: 'ABORTED', message: 'enough' })
    run.complete('A', 'late')
    expect(run.getStatus('A')).toBe('aborted')
    expect(() => run.abortNode('X')).toThrow(NodeNotFoundError)
  })

  test('of everything leaves alone what is over, skipped steps included', () => {
    const run = new Run(
      seq(op('A'), h(Conditional, { test: false }, op('B')), par(op('C'), op('D')), op('E')),
    )
    run.complete('A').begin('C')
    run.abortAll('stop')
    expect(run.statuses()).toEqual({
      A: 'completed',
      B: 'skipped',
      C: 'aborted',
      D: 'aborted',
      E: 'aborted',
    })
    expect([run.isComplete(), run.getAggregateStatus()]).toEqual([true, 'aborted'])
    const { log } = run
    run.abortAll('again')
    expect(run.log).toEqual(log)
  })

  test('of a Map aborts the steps that it made', () => {
    const run = new Run(
      seq(op('A'), h(Each, { over: (): number[] => [1, 2], as: 'n' }, op('B'))),
    ).complete('A')
    run.complete('map[0]/B').abortNode('map')
    expect(run.statuses()).toEqual({
      A: 'completed',
      map: 'aborted',
      'map[0]/B': 'completed',
      'map[1]/B': 'aborted',
    })
  })
})

describe('events', () => {
  test('twice change nothing and are logged once', () => {
    const run = new Run(seq(op('A'), op('B')))
    run.complete('A', 1)
    const { log } = run
    for (const event of [...log, ...structuredClone([...log])])
      expect(run.append(event)).toBe(false)
    expect(run.log).toEqual(log)
    expect(run.append({ type: 'call.credit' as never, payload: {} })).toBe(false)
  })

  test('before their request are held back until it is there', () => {
    const run = new Run(op('A'))
    expect(run.append({ type: 'call.responded', requestId: 'r', output: 1 })).toBe(false)
    expect(run.getStatus('A')).toBe('ready')
    run.append({ type: 'call.requested', requestId: 'r', operationId: 'A' })
    expect(run.getResult('A')).toEqual({ status: 'completed', output: 1 })
    expect(run.log.map((event) => event.type)).toEqual(['call.requested', 'call.responded'])
  })

  test('of a stream: the latest item shows while it runs, and is the output at the end', () => {
    const run = new Run(op('A')).begin('A')
    for (const seq of [1, 3, 2])
      run.append({ type: 'call.responded', requestId: 'A/1', seq, output: seq })
    expect(run.getResult('A')).toEqual({ status: 'running', output: 3 })
    run.append({ type: 'call.completed', requestId: 'A/1' })
    expect(run.getResult('A')).toEqual({ status: 'completed', output: 3 })
    expect(run.log).toHaveLength(3)
  })

  test('may be envelopes, and outputs may be unwrapped for those who read them', () => {
    const run = new Run(op('A'), { unwrap: (output) => (output as { data: unknown }).data })
    run.append({ type: 'call.requested', payload: { requestId: 'r', operationId: 'A' } })
    run.append({
      type: 'call.responded',
      payload: { requestId: 'r', output: { data: 5, meta: {} } },
    })
    expect(run.getResult('A')?.output).toBe(5)
  })

  test('without a step key go to a ready step that calls the operation', () => {
    const run = new Run(par(op('o'), op('o')))
    for (const requestId of ['r1', 'r2', 'r3'])
      run.append({ type: 'call.requested', requestId, operationId: 'o' })
    expect(run.statuses()).toEqual({ o: 'running', 'o#2': 'running' })
    expect(run.requestIdToNodeKey.get('r2')).toBe('o#2')
  })

  test('of calls that belong to no step are kept and change nothing', () => {
    const run = new Run(op('A'))
    run.append({ type: 'call.requested', requestId: 'r', operationId: 'elsewhere' })
    run.append({ type: 'call.responded', requestId: 'r', output: 1 })
    expect(run.getEvents('elsewhere')).toHaveLength(2)
    expect(run.statuses()).toEqual({ A: 'ready' })
  })

  test('are reported in order, with those that the run creates itself', () => {
    const received: string[] = []
    const run = new Run(seq(op('A'), h(Each, { over: (): number[] => [1], as: 'n' }, op('B'))), {
      onEvent: (event) => received.push(event.type),
    })
    run.complete('A').abortAll()
    expect(received).toEqual(['call.requested', 'call.responded', 'map.expanded', 'node.aborted'])
    expect(run.log.map((event) => event.type)).toEqual(received)
  })
})

describe('watching', () => {
  test('transitions come in order; what a listener appends comes after', () => {
    const run = new Run(seq(op('A'), op('B')))
    const seen: string[] = []
    const stop = run.onTransition(({ nodeKey, from, to, requestId }) => {
      seen.push(`${nodeKey} ${from} ${to} ${requestId ?? ''}`)
      if (to === 'ready') run.begin(nodeKey)
    })
    run.complete('A')
    expect(seen).toEqual([
      'A ready running A/1',
      'A running completed A/1',
      'B idle ready ',
      'B ready running B/1',
    ])
    stop()
    run.complete('B')
    expect(seen).toHaveLength(4)
  })

  test('statuses, preconditions and blocks are signals', () => {
    const run = new Run(seq(op('A'), op('B')))
    const seen: unknown[] = []
    const stop = effect(() => {
      seen.push([
        run.statusMap.get('B')?.value,
        run.preconditions.get('B')?.value,
        run.blockedByFailure.get('B')?.value,
      ])
    })
    run.begin('A').fail('A')
    expect(seen).toEqual([
      ['idle', false, false],
      ['aborted', false, true],
    ])
    stop()
    expect([...run.preconditions.keys()]).toEqual(['A', 'B'])
    expect(run.preconditions.get('A')?.value).toBe(true)
  })

  test('an effect may drive the run', () => {
    const run = new Run(seq(op('A'), op('B'), op('C')))
    const stops = run.nodes().map((key) =>
      effect(() => {
        if (run.statusMap.get(key)?.value === 'ready') run.complete(key)
      }),
    )
    expect(run.getAggregateStatus()).toBe('completed')
    for (const stop of stops) stop()
  })

  test('after dispose nothing can be appended', () => {
    const run = new Run(op('A'))
    run.dispose()
    expect(() => run.begin('A')).toThrow('disposed')
    expect(run.getStatus('A')).toBe('ready')
  })
})

test('an empty run is complete, and unknown steps are errors', () => {
  const run = new Run(null)
  expect([run.isComplete(), run.getAggregateStatus(), run.nodes()]).toEqual([true, 'completed', []])
  expect(() => run.getStatus('A')).toThrow(NodeNotFoundError)
  expect(new Run(h(Conditional, { test: false }, op('A'))).getAggregateStatus()).toBe('skipped')
})

test('chains of 100,000 steps complete, skip and abort', { timeout: 120_000 }, () => {
  const steps = (): UElement[] => Array.from({ length: 100_000 }, (_, at) => op(`n${at}`))
  const failing = new Run(seq(steps())).fail('n0')
  expect([failing.getStatus('n99999'), failing.isComplete()]).toEqual(['aborted', true])
  const skipped = new Run(h(Conditional, { test: false }, steps().slice(0, 20_000)))
  expect(skipped.getAggregateStatus()).toBe('skipped')
  const events: WorkflowEvent[] = steps().flatMap((_step, at) => [
    { type: 'call.requested', requestId: `r${at}`, operationId: `n${at}` },
    { type: 'call.responded', requestId: `r${at}`, output: at },
  ])
  expect(new Run(seq(steps()), { events }).getAggregateStatus()).toBe('completed')
})
