import { createHostRoot, effect, h } from '@alkdev/ujsx'
import { describe, expect, test } from 'vitest'
import { Conditional, Map as Each, Operation, Parallel, Sequential } from '../component.ts'
import { DuplicateNodeError, InvalidInputError } from '../errors.ts'
import { computeBlockedByFailure, computePreconditions } from '../reactive/node-status.ts'
import { ReactiveHostConfig } from './reactive.ts'
import type { HostRoot, UChild, UElement } from '@alkdev/ujsx'
import type { ReactiveContext, ReactiveHostOptions } from './reactive.ts'
import type { WorkflowNode } from './workflow-node.ts'

const op = (name: string, props: object = {}): UElement => h(Operation, { name, ...props })
const options: ReactiveHostOptions = { now: () => 0 }

function host(template: UChild): HostRoot<ReactiveContext> {
  return createHostRoot(ReactiveHostConfig, null, options).render(template)
}

function node(ctx: ReactiveContext, key: string): WorkflowNode {
  const found = ctx.nodes.get(key)
  if (found === undefined) throw new Error(`no node ${key}`)
  return found
}

function complete(ctx: ReactiveContext, key: string, output: unknown = null): void {
  const { requestId } = ctx.root.start(key, `${key}/${ctx.root.log.length}`)
  ctx.root.append({ type: 'call.responded', requestId, output })
}

function fail(ctx: ReactiveContext, key: string): void {
  const { requestId } = ctx.root.start(key, `${key}/${ctx.root.log.length}`)
  ctx.root.append({ type: 'call.error', requestId, code: 'E', message: '' })
}

describe('nodes', () => {
  const template = h(Sequential, null, op('A'), h(Parallel, null, op('B'), op('C')), op('D'))

  test('are there for every element, with their keys, parents and siblings', () => {
    const { ctx } = host(template)
    expect([...ctx.nodes.keys()]).toEqual(['__sequential_0', 'A', '__parallel_2', 'B', 'C', 'D'])
    expect(ctx.parentMap.get('B')).toBe('__parallel_2')
    expect(ctx.siblingMap.get('__sequential_0')).toEqual(['A', '__parallel_2', 'D'])
    expect(ctx.siblingMap.get('')).toEqual(['__sequential_0'])
    expect(node(ctx, 'A')).toMatchObject({ type: 'operation', operationId: 'A' })
  })

  test('show statuses as signals; those of containers speak of what is inside', () => {
    const { ctx } = host(template)
    const parallel = node(ctx, '__parallel_2')
    const seen: string[] = []
    const stop = effect(() => void seen.push(parallel.status.value))
    complete(ctx, 'A')
    complete(ctx, 'B', 'b')
    complete(ctx, 'C')
    expect(seen).toEqual(['idle', 'ready', 'running', 'completed'])
    expect(node(ctx, '__sequential_0').status.value).toBe('running')
    expect(node(ctx, 'B').output.value).toBe('b')
    expect(ctx.results['B']).toEqual({ status: 'completed', output: 'b' })
    expect(ctx.resultProjection.getStatus('D')).toBe('ready')
    stop()
  })

  test('tell whether they may start and whether a failure stands in their way', () => {
    const { ctx } = host(template)
    const facts = (key: string): boolean[] => [
      computePreconditions(node(ctx, key), ctx),
      computeBlockedByFailure(node(ctx, key), ctx),
    ]
    expect([facts('A'), facts('B')]).toEqual([
      [true, false],
      [false, false],
    ])
    expect(node(ctx, '__parallel_2').preconditions.value).toBe(false)
    fail(ctx, 'A')
    expect(facts('B')).toEqual([false, true])
    expect(node(ctx, '__parallel_2').blockedByFailure.value).toBe(true)
    expect(node(ctx, '__parallel_2').status.value).toBe('aborted')
  })

  test('are there for the other branch of a Conditional, and a failure that it handles is none of the whole', () => {
    const { ctx } = host(
      h(
        Sequential,
        null,
        op('A'),
        h(Conditional, { test: 'A', else: h(Sequential, null, op('C')) }, op('B')),
      ),
    )
    fail(ctx, 'A')
    expect(node(ctx, 'C').status.value).toBe('ready')
    expect(node(ctx, '__conditional_2').status.value).toBe('running')
    complete(ctx, 'C')
    expect(node(ctx, '__conditional_2').status.value).toBe('completed')
    expect(node(ctx, '__sequential_0').status.value).toBe('completed')
  })

  test('of a Map over a list are one for all items', () => {
    const { ctx } = host(h(Each, { over: [1, 2], as: 'n' }, op('A')))
    expect(node(ctx, 'map[0]/A')).toBe(node(ctx, 'map[1]/A'))
    complete(ctx, 'map[0]/A')
    expect(node(ctx, 'map[1]/A').status.value).toBe('running')
    complete(ctx, 'map[1]/A', 2)
    expect([node(ctx, 'map[1]/A').status.value, node(ctx, 'map[1]/A').output.value]).toEqual([
      'completed',
      2,
    ])
  })
})

describe('rendering again', () => {
  test('keeps the log, the signals and what has happened', () => {
    const root = host(h(Sequential, null, op('A'), op('B')))
    const { ctx } = root
    const status = ctx.statusSignals.get('A')
    const seen: unknown[] = []
    const stop = effect(() => void seen.push(status?.value))
    complete(ctx, 'A', 1)
    root.render(h(Sequential, null, op('A'), op('X'), op('B')))
    expect(ctx.root.getStatus('A')).toBe('completed')
    expect(ctx.root.getResult('A')?.output).toBe(1)
    expect(ctx.statusSignals.get('A')).toBe(status)
    expect(seen).toEqual(['ready', 'running', 'completed'])
    expect(['X', 'B'].map((key) => ctx.root.getStatus(key))).toEqual(['ready', 'idle'])
    stop()
  })

  test('leaves what happened to a step that is gone in the log', () => {
    const root = host(h(Sequential, null, op('A'), op('B')))
    complete(root.ctx, 'A')
    root.render(op('B'))
    expect(root.ctx.nodes.has('A')).toBe(false)
    expect(root.ctx.statusSignals.has('A')).toBe(false)
    expect(root.ctx.root.getEvents('A')).toHaveLength(2)
    expect(root.ctx.root.getStatus('B')).toBe('ready')
  })

  test('removing what failed lets what waited for it continue', () => {
    const root = host(h(Sequential, null, op('A', { key: 'a' }), op('B')))
    fail(root.ctx, 'a')
    expect(root.ctx.root.getStatus('B')).toBe('aborted')
    root.render(h(Sequential, null, op('A', { key: 'other' }), op('B')))
    expect(root.ctx.root.getStatus('B')).toBe('idle')
    complete(root.ctx, 'other')
    expect(root.ctx.root.getStatus('B')).toBe('ready')
  })

  test('with a template that cannot be is refused and leaves the run as it was', () => {
    const root = host(h(Sequential, null, op('A'), op('B')))
    complete(root.ctx, 'A')
    expect(() =>
      root.render(
        h(Parallel, null, op('A', { key: 'k' }), h(Sequential, null, op('B', { key: 'k' }))),
      ),
    ).toThrow(DuplicateNodeError)
    expect(root.ctx.root.getStatus('B')).toBe('ready')
    complete(root.ctx, 'B')
    expect(root.ctx.root.isComplete()).toBe(true)
  })

  test('with nothing is a run without steps', () => {
    const root = host(op('A'))
    root.unmount()
    expect([root.ctx.nodes.size, root.ctx.statusSignals.size, root.ctx.root.isComplete()]).toEqual([
      0,
      0,
      true,
    ])
  })
})

test('a run is resumed by rendering with its log', () => {
  const template = h(Sequential, null, op('A'), op('B'))
  const { ctx } = host(template)
  complete(ctx, 'A', 5)
  const again = createHostRoot(ReactiveHostConfig, null, {
    ...options,
    events: ctx.root.log,
  }).render(template)
  expect(again.ctx.root.getResult('A')).toEqual({ status: 'completed', output: 5 })
  expect(again.ctx.root.readyNodes()).toEqual(['B'])
})

test('what is no part of a workflow is refused', () => {
  expect(() => host(h('marquee'))).toThrow(InvalidInputError)
  expect(() => host('text')).toThrow(InvalidInputError)
})
