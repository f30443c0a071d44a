import { h } from '@alkdev/ujsx'
import { describe, expect, test } from 'vitest'
import { Conditional, Parallel } from '../component.ts'
import { FlowgraphError, NodeNotFoundError } from '../errors.ts'
import type { UElement } from '@alkdev/ujsx'
import type { Results } from '../template/components.ts'
import { op, par, Run, seq } from '../fixtures/test-run.ts'

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
  test('abort what has not started behind them; what stands beside continues', () => {
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
