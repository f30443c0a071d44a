import { createHostRoot, h } from '@alkdev/ujsx'
import { describe, expect, test } from 'vitest'
import { Conditional, Map as Each, Operation, Parallel, Sequential } from '../component.ts'
import { GraphologyHostConfig } from '../host/graphology.ts'
import { registerAbortEffect, registerStartEffect } from './node-status.ts'
import { WorkflowReactiveRoot } from './workflow-reactive-root.ts'
import type { UChild, UElement } from '@alkdev/ujsx'
import type { NodeStatus } from '../schema/enums.ts'
import type { Results, Test } from '../template/components.ts'

const op = (name: string, props: object = {}): UElement => h(Operation, { name, ...props })
const seq = (...children: readonly UChild[]): UElement => h(Sequential, null, ...children)
const par = (...children: readonly UChild[]): UElement => h(Parallel, null, ...children)
const cond = (test: Test, ...children: readonly UChild[]): UElement =>
  h(Conditional, { test }, ...children)
const failed = (node: string): Test => ({ node, status: 'failed' })

function runOf(template: UChild): WorkflowReactiveRoot {
  const { flow } = createHostRoot(GraphologyHostConfig, null).render(template).ctx
  return new WorkflowReactiveRoot(flow, { now: () => 0 })
}

/** Starts each step and ends it, in this order: `a` completes with an output of its own name, `a!` fails. */
function play(root: WorkflowReactiveRoot, ...steps: readonly string[]): WorkflowReactiveRoot {
  for (const step of steps) {
    const key = step.replace('!', '')
    if (root.getStatus(key) === 'ready') root.start(key, key)
    root.append(
      step === key
        ? {
            type: 'call.responded',
            requestId: key,
            output: { of: key, list: [1, 2] },
            timestamp: 0,
          }
        : { type: 'call.error', requestId: key, code: 'E', message: 'm', timestamp: 0 },
    )
  }
  return root
}

function statuses(root: WorkflowReactiveRoot): Record<string, NodeStatus> {
  return Object.fromEntries(root.nodes().map((key) => [key, root.getStatus(key)]))
}

describe('a step is decided when everything is over that the conditions around it name', () => {
  const nested = seq(par(op('a'), op('b')), cond('b', op('c'), cond({ not: 'c' }, op('d'))))

  test('also where an abort runs ahead (L3)', () => {
    const late = play(runOf(nested), 'a!')
    expect(statuses(late)).toEqual({
      a: 'failed',
      b: 'ready',
      c: 'aborted',
      d: 'waiting',
    })
    expect(late.preconditions.get('d')?.value).toBe(false)
    expect(statuses(play(late, 'b'))).toEqual(statuses(play(runOf(nested), 'b', 'a!')))
    expect(late.getStatus('d')).toBe('ready')
    expect(play(runOf(nested), 'a!', 'b!').getStatus('d')).toBe('skipped')
  })

  test('and a function reads the results of all steps before its Conditional', () => {
    const seen: string[][] = []
    const look = (results: Results): boolean =>
      seen.push(
        Object.entries(results)
          .map(([key, { status }]) => `${key} ${status}`)
          .toSorted(),
      ) > 0
    const template = seq(par(op('a'), op('b')), op('c'), cond(look, op('d')))
    for (const order of [
      ['a!', 'b'],
      ['b', 'a!'],
    ])
      play(runOf(template), ...order)
    expect(seen).toEqual([
      ['a failed', 'b completed', 'c aborted'],
      ['a failed', 'b completed', 'c aborted'],
    ])
  })

  test('and an input that is a function reads the results of all steps before its step', () => {
    const input = (results: Results): unknown => Object.keys(results).toSorted()
    const template = seq(
      par(op('a'), op('b')),
      op('c'),
      h(Conditional, { test: failed('c'), else: op('d', { input }) }, op('x')),
    )
    const root = play(runOf(template), 'a!')
    expect(root.getStatus('d')).toBe('waiting')
    expect(play(root, 'b').getInput('d')).toEqual(['a', 'b', 'c'])
  })

  test('a name in a condition around a Map means what it means where the condition stands', () => {
    const child = op('a', { key: 'a' })
    const template = par(
      op('b', { key: 'a' }),
      cond('a', h(Each, { over: [1], as: 'n', key: 'm' }, child)),
    )
    const root = runOf(template)
    root.start('a', 'r')
    root.append({ type: 'call.responded', requestId: 'r', output: 1, timestamp: 0 })
    expect(statuses(root)).toEqual({ a: 'completed', 'm[0]/a': 'ready' })
  })
})

describe('a condition inside a Map judges failures outside of it, as beside a list (L4)', () => {
  const map = (over: unknown, child: UElement): UElement =>
    h(Each, { over: over as unknown[], as: 'n', key: 'm' }, child)

  test('and the rest of the Map continues', () => {
    const of = (over: unknown): UElement =>
      seq(op('list'), par(op('a'), map(over, par(cond(failed('a'), op('b')), op('c')))))
    for (const over of [{ $result: 'list', path: '/list' }, [1, 2]]) {
      const root = play(runOf(of(over)), 'list', 'a!')
      expect([root.getStatus('m[0]/b'), root.getStatus('m[1]/c')]).toEqual(['ready', 'ready'])
      play(root, 'm[0]/b', 'm[1]/b', 'm[0]/c', 'm[1]/c')
      expect([root.isHandled('a'), root.getAggregateStatus()]).toEqual([true, 'completed'])
    }
  })

  test('steps inside that follow or read what failed, and do not judge it, are aborted', () => {
    const inside = par(cond(failed('a'), op('b')), op('c'), op('d', { input: { $result: 'a' } }))
    const root = play(
      runOf(seq(op('list'), op('a'), map({ $result: 'list', path: '/list' }, inside), op('z'))),
      'list',
      'a!',
    )
    expect(statuses(root)).toMatchObject({
      'm[0]/b': 'ready',
      'm[0]/c': 'aborted',
      'm[0]/d': 'aborted',
      z: 'aborted',
    })
    expect(root.isHandled('a')).toBe(false)
  })

  test('also in a Map inside of a Map', () => {
    const inner = h(
      Each,
      { over: { $result: 'list', path: '/list' }, as: 'k', key: 'k' },
      cond(failed('a'), op('b')),
    )
    const root = play(
      runOf(seq(op('list'), par(op('a'), map({ $result: 'list', path: '/list' }, inner)))),
      'list',
      'a!',
    )
    expect(root.readyNodes()).toEqual(['m[0]/k[0]/b', 'm[0]/k[1]/b', 'm[1]/k[0]/b', 'm[1]/k[1]/b'])
    expect(root.isHandled('a')).toBe(true)
  })

  test('a Map whose items come from the step that failed is aborted', () => {
    const root = play(
      runOf(par(op('a'), map({ $result: 'a', path: '/list' }, cond(failed('a'), op('b'))))),
      'a!',
    )
    expect(statuses(root)).toEqual({ a: 'failed', m: 'aborted' })
  })
})

test('a Map that has failed keeps its place, and what names it waits, until its other items are over (L6)', () => {
  const over = { $result: 'list', path: '/list' }
  const root = play(
    runOf(
      seq(
        op('list'),
        h(
          Parallel,
          { maxConcurrency: 1 },
          h(Each, { over, as: 'n', key: 'm' }, op('work')),
          cond(failed('m'), op('recover')),
          op('other'),
        ),
      ),
    ),
    'list',
  )
  root.start('m[1]/work', 'one')
  play(root, 'm[0]/work!')
  expect(statuses(root)).toMatchObject({ m: 'failed', recover: 'waiting', other: 'waiting' })
  root.append({ type: 'call.aborted', requestId: 'one', timestamp: 0 })
  expect(statuses(root)).toMatchObject({ m: 'failed', recover: 'ready', other: 'waiting' })
  expect(play(root, 'recover').readyNodes()).toEqual(['other'])
})

test('a Map in a limited Map keeps the place of its item until its items are over (L6)', () => {
  const over = { $result: 'list', path: '/list' }
  const inner = h(Each, { over, as: 'k', key: 'k' }, op('work'))
  const root = play(
    runOf(seq(op('list'), h(Each, { over, as: 'n', key: 'm', maxConcurrency: 1 }, inner))),
    'list',
  )
  root.start('m[0]/k[1]/work', 'one')
  play(root, 'm[0]/k[0]/work!')
  expect(root.readyNodes()).toEqual([])
  root.append({ type: 'call.responded', requestId: 'one', output: 1, timestamp: 0 })
  expect(root.readyNodes()).toEqual(['m[1]/k[0]/work', 'm[1]/k[1]/work'])
})

describe('a Map over a list that something names is a step (L7)', () => {
  const template = seq(
    h(
      Each,
      { over: ['x', 'y'], as: 'n', key: 'm', maxConcurrency: 1 },
      op('a', { input: { $item: 'n' } }),
    ),
    h(Conditional, { test: 'm', else: op('recover') }, op('use', { input: { $result: 'm' } })),
  )

  test('with a result, a failure and a limit', () => {
    const good = runOf(template)
    expect([good.nodes(), good.readyNodes()]).toEqual([
      ['m', 'use', 'recover', 'm[0]/a', 'm[1]/a'],
      ['m[0]/a'],
    ])
    play(good, 'm[0]/a', 'm[1]/a')
    expect(good.getInput('use')).toEqual([
      { of: 'm[0]/a', list: [1, 2] },
      { of: 'm[1]/a', list: [1, 2] },
    ])
    expect(play(runOf(template), 'm[0]/a', 'm[1]/a!').readyNodes()).toEqual(['recover'])
  })

  test('also by the name that it has without a key, from inside another Map, and from a stored run', () => {
    const inner = par(h(Each, { over: [1], as: 'k' }, op('a')), cond('map', op('b')))
    const root = runOf(h(Each, { over: [1, 2], as: 'n', key: 'm' }, inner))
    expect(root.nodes()).toContain('m[1]/map')
    play(root, 'm[1]/map[0]/a')
    expect(root.readyNodes()).toEqual(['m[0]/map[0]/a', 'm[1]/b'])
    const { flow } = createHostRoot(GraphologyHostConfig, null).render(template).ctx
    const first = play(new WorkflowReactiveRoot(flow, { now: () => 0 }), 'm[0]/a')
    const resumed = new WorkflowReactiveRoot(flow, { events: first.log })
    expect([resumed.readyNodes(), first.log.length]).toEqual([['m[1]/a'], 2])
  })

  test('one that nothing names stays the steps of its items', () => {
    expect(runOf(h(Each, { over: [1], as: 'n', key: 'm' }, op('a'))).nodes()).toEqual(['m[0]/a'])
  })
})

test('effects start what becomes ready and abort what is aborted, until they are ended', () => {
  const root = runOf(seq(op('a'), op('b')))
  const calls: string[] = []
  const ends = ['a', 'b'].flatMap((key) => [
    registerStartEffect({ key }, root, (ready) => {
      calls.push(`start ${ready}`)
      root.start(ready, ready)
    }),
    registerAbortEffect({ key }, root, (aborted) => void calls.push(`abort ${aborted}`)),
  ])
  root.append({ type: 'call.responded', requestId: 'a', output: 1, timestamp: 0 })
  expect([calls, root.getStatus('b')]).toEqual([['start a', 'start b'], 'running'])
  root.abortNode('b')
  expect(calls).toEqual(['start a', 'start b', 'abort b'])
  for (const end of ends) end()
})
