import { h, signal } from '@alkdev/ujsx'
import { DirectedGraph } from 'graphology'
import { describe, expect, test } from 'vitest'
import { Conditional, Map as Each } from '../component.ts'
import { WorkflowReactiveRoot } from './workflow-reactive-root.ts'
import type { UElement } from '@alkdev/ujsx'
import type { Results } from '../template/components.ts'
import { op, par, Run, seq } from '../fixtures/test-run.ts'

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

  test('fails as soon as an item fails; the other items continue', () => {
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
