import { effect, h } from '@alkdev/ujsx'
import { describe, expect, test } from 'vitest'
import { Conditional, Map as Each } from '../component.ts'
import { NodeNotFoundError } from '../errors.ts'
import type { UElement } from '@alkdev/ujsx'
import type { WorkflowEvent } from './events.ts'
import { op, par, Run, seq } from '../fixtures/test-run.ts'

describe('abort', () => {
  test('of a step aborts what has not started behind it, permanently', () => {
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
