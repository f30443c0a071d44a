import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CycleError,
  DuplicateEdgeError,
  DuplicateNodeError,
  InvalidTransitionError,
  NodeNotFoundError,
} from '../errors.ts'
import { FlowGraph } from './flow-graph.ts'
import type { CallEventMapValue } from '../schema/call-event.ts'
import type { CallStatus } from '../schema/enums.ts'
import type { CallGraph } from './flow-graph.ts'

const at = (seconds: number): number => Date.UTC(2026, 0, 1, 0, 0, seconds)

function requested(
  requestId: string,
  parentRequestId?: string,
  timestamp = at(0),
): CallEventMapValue {
  return {
    type: 'call.requested',
    requestId,
    operationId: 'ns.op',
    input: { n: 1 },
    timestamp,
    ...(parentRequestId !== undefined && { parentRequestId }),
  }
}

const responded: CallEventMapValue = {
  type: 'call.responded',
  requestId: 'r',
  output: 'out',
  timestamp: at(2),
}

describe('events', () => {
  test('a request makes a pending call with an edge from its parent', () => {
    const graph = FlowGraph.fromCallEvents([requested('p'), requested('r', 'p', at(1))])
    expect(graph.getNodeAttributes('r')).toEqual({
      requestId: 'r',
      operationId: 'ns.op',
      status: 'pending',
      parentRequestId: 'p',
      input: { n: 1 },
      startedAt: '2026-01-01T00:00:01.000Z',
    })
    expect(graph.getEdgeAttributes('p', 'r')).toEqual({ edgeType: 'triggered' })
  })

  test('an answer completes it, an error fails it, an abort aborts it, each with its time', () => {
    const end = (event: CallEventMapValue): unknown => {
      const { status, output, error, completedAt } = FlowGraph.fromCallEvents([
        requested('r'),
        event,
      ]).getNodeAttributes('r')
      return { status, output, error, completedAt }
    }
    const completedAt = '2026-01-01T00:00:02.000Z'
    expect(end(responded)).toEqual({ status: 'completed', output: 'out', completedAt })
    expect(end({ type: 'call.completed', requestId: 'r', timestamp: at(2) })).toEqual({
      status: 'completed',
      completedAt,
    })
    expect(end({ type: 'call.aborted', requestId: 'r', timestamp: completedAt })).toEqual({
      status: 'aborted',
      completedAt,
    })
    const error = { code: 'TIMEOUT', message: 'too late' }
    expect(end({ type: 'call.error', requestId: 'r', ...error, timestamp: at(2) })).toEqual({
      status: 'failed',
      error,
      completedAt,
    })
    expect(end({ type: 'call.error', requestId: 'r', error, timestamp: at(2) })).toEqual({
      status: 'failed',
      error,
      completedAt,
    })
  })

  test('items of a stream leave it running with the latest item; the end completes it', () => {
    const item = (seq: number): CallEventMapValue => ({
      type: 'call.responded',
      requestId: 'r',
      seq,
      output: seq,
      timestamp: at(seq),
    })
    const graph = FlowGraph.fromCallEvents([requested('r'), item(2), item(1)])
    expect(graph.getNodeAttributes('r')).toMatchObject({ status: 'running', output: 2 })
    graph.updateFromEvent({ type: 'call.completed', requestId: 'r', timestamp: at(9) })
    expect(graph.getNodeAttributes('r')).toMatchObject({ status: 'completed', output: 2 })
  })

  test('envelopes of pub/sub are events too, and what is no event of a call is passed over', () => {
    const graph = new FlowGraph()
    const { type, ...payload } = requested('r')
    expect(graph.updateFromEvent({ type, id: '', payload })).toBe(true)
    expect(
      graph.updateFromEvent({ type: 'call.credit' as never, payload: { requestId: 'r' } }),
    ).toBe(false)
    expect(graph.nodes()).toEqual(['r'])
  })

  test('a follow-up of an unknown call raises nothing and counts when the request comes', () => {
    const graph = FlowGraph.fromCallEvents([responded])
    expect(graph.order).toBe(0)
    graph.updateFromEvent(requested('r'))
    expect(graph.getNodeAttributes('r').status).toBe('completed')
  })

  test('of what comes before its request only the last 10,000 calls are kept', () => {
    const graph = new FlowGraph()
    for (let n = 0; n <= 10_000; n += 1)
      graph.updateFromEvent({ type: 'call.aborted', requestId: `r${n}`, timestamp: 1 })
    graph.updateFromEvent(requested('r0'))
    graph.updateFromEvent(requested('r1'))
    expect(graph.callsByStatus('pending')).toEqual(['r0'])
    expect(graph.callsByStatus('aborted')).toEqual(['r1'])
  })

  test('calls that name each other as parents get no edges, in whatever order they come', () => {
    const events = [
      requested('a', 'c'),
      requested('b', 'a'),
      requested('c', 'b'),
      requested('d', 'a'),
      requested('self', 'self'),
    ]
    for (const order of [events, events.toReversed()]) {
      expect(FlowGraph.fromCallEvents(order).edges()).toEqual(['a->d'])
    }
  })

  test('a chain of 100,000 calls is built in any order', { timeout: 120_000 }, () => {
    const events = Array.from({ length: 100_000 }, (_, n) =>
      requested(`r${n}`, n === 0 ? undefined : `r${n - 1}`),
    )
    for (const order of [events, events.toReversed()]) {
      const graph = FlowGraph.fromCallEvents(order)
      expect(graph.size).toBe(99_999)
      expect(graph.lineage('r99999')).toHaveLength(100_000)
    }
  })
})

const ids = ['a', 'b', 'c', 'd'] as const
const anyEvent: fc.Arbitrary<CallEventMapValue> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...ids),
      fc.option(fc.constantFrom(...ids, 'unknown'), { nil: undefined }),
      fc.integer({ min: 0, max: 3 }),
    )
    .map(([id, parent, seconds]) => requested(id, parent, at(seconds))),
  fc
    .tuple(
      fc.constantFrom<CallEventMapValue['type']>(
        'call.responded',
        'call.completed',
        'call.aborted',
        'call.error',
      ),
      fc.constantFrom(...ids),
      fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
      fc.integer({ min: 0, max: 2 }),
      fc.boolean(),
    )
    .map(
      ([type, requestId, seconds, value, isItem]) =>
        ({
          type,
          requestId,
          ...(type === 'call.responded' && { output: value, ...(isItem && { seq: value + 1 }) }),
          ...(type === 'call.error' && { code: `E${value}`, message: 'm' }),
          ...(seconds !== undefined && { timestamp: at(seconds) }),
        }) as CallEventMapValue,
    ),
)

function contents(graph: CallGraph): unknown {
  const { nodes, edges } = graph.export()
  const text = (value: unknown): string => JSON.stringify(value)
  return { nodes: nodes.map(text).toSorted(), edges: edges.map(text).toSorted() }
}

test('the graph depends on the set of events alone: not on their order, nor on how often each came', () => {
  fc.assert(
    fc.property(
      fc
        .array(anyEvent, { maxLength: 20 })
        .chain((events) =>
          fc.tuple(
            fc.constant(events),
            fc.shuffledSubarray(events, { minLength: events.length }),
            fc.array(fc.nat({ max: Math.max(0, events.length - 1) }), { maxLength: 10 }),
          ),
        ),
      ([events, shuffled, repeats]) => {
        const once = FlowGraph.fromCallEvents(events)
        const again = repeats.flatMap((index) => structuredClone(events[index] ?? []))
        const mixed = FlowGraph.fromCallEvents([
          ...again,
          ...shuffled,
          ...structuredClone(shuffled),
        ])
        expect(contents(mixed)).toEqual(contents(once))
        for (const event of again) expect(once.updateFromEvent(event)).toBe(false)
      },
    ),
    { numRuns: 1000 },
  )
})

describe('by hand', () => {
  test('calls are added with an edge from the parent, now or when it comes', () => {
    const graph: CallGraph = new FlowGraph()
    graph.addCall({ requestId: 'c', operationId: 'o', status: 'pending', parentRequestId: 'p' })
    expect(graph.size).toBe(0)
    graph.addCall({ requestId: 'p', operationId: 'o', status: 'running' })
    expect(graph.children('p')).toEqual(['c'])
    expect(graph.roots()).toEqual(['p'])
    expect(() => graph.addCall({ requestId: 'c', operationId: 'o', status: 'pending' })).toThrow(
      DuplicateNodeError,
    )
    graph.removeCall('p')
    expect(graph.roots()).toEqual(['c'])
    expect(() => graph.removeCall('p')).toThrow(NodeNotFoundError)
  })

  test.each([
    ['pending', ['running', 'aborted']],
    ['running', ['completed', 'failed', 'aborted']],
    ['completed', []],
    ['failed', []],
    ['aborted', []],
  ] as const)('from %s a call goes to %j and nowhere else', (from, allowed) => {
    const all = ['pending', 'running', 'completed', 'failed', 'aborted'] as const
    const at = (to: CallStatus): (() => unknown) => {
      const graph: CallGraph = new FlowGraph()
      graph.addCall({ requestId: 'r', operationId: 'o', status: from })
      return () => {
        graph.updateStatus('r', to, { output: 1 })
        return graph.getNodeAttributes('r')
      }
    }
    for (const to of allowed) expect(at(to)()).toMatchObject({ status: to, output: 1 })
    const others = all.filter((to) => !(allowed as readonly string[]).includes(to))
    for (const to of others) expect(at(to)).toThrow(InvalidTransitionError)
  })

  test('an end that was set by hand is not undone by events', () => {
    const graph = FlowGraph.fromCallEvents([requested('r')])
    graph.updateStatus('r', 'aborted')
    graph.updateFromEvent(responded)
    expect(graph.getNodeAttributes('r')).toMatchObject({ status: 'aborted' })
  })

  test('a start that was set by hand stays, and events end the call', () => {
    const graph = FlowGraph.fromCallEvents([requested('r')])
    graph.updateStatus('r', 'running')
    graph.updateFromEvent(requested('r'))
    expect(graph.getNodeAttributes('r').status).toBe('running')
    graph.updateFromEvent(responded)
    expect(graph.getNodeAttributes('r')).toMatchObject({ status: 'completed', output: 'out' })
  })

  test('both relations between two calls are kept, on one edge', () => {
    const graph = FlowGraph.fromCallEvents([
      requested('p'),
      requested('c', 'p'),
      requested('d', 'p'),
    ])
    graph.addDependency('p', 'c')
    graph.addDependency('c', 'd')
    expect(graph.relations('p', 'c')).toEqual(['triggered', 'depends_on'])
    expect(graph.getEdgeAttributes('p', 'c')).toEqual({
      edgeType: 'triggered',
      relations: ['triggered', 'depends_on'],
    })
    expect(graph.edges()).toContain('c->d:depends_on')
    expect(() => graph.addDependency('p', 'c')).toThrow(DuplicateEdgeError)
    expect(() => graph.addDependency('d', 'p')).toThrow(CycleError)
    expect(() => graph.addDependency('d', 'x')).toThrow(NodeNotFoundError)
    expect(FlowGraph.fromJSON(graph.toJSON()).export()).toEqual(graph.export())
  })

  test('durations, lineage and calls by status', () => {
    const graph = FlowGraph.fromCallEvents([requested('p'), requested('r', 'p', at(1)), responded])
    expect([graph.duration('r'), graph.duration('p')]).toEqual([1000, undefined])
    expect(graph.lineage('r')).toEqual(['p', 'r'])
    expect(graph.callsByStatus('completed')).toEqual(['r'])
    graph.updateCall('r', { output: 'changed' })
    expect(graph.getNodeAttributes('r').output).toBe('changed')
  })

  test('a graph that was stored continues with events, and repeated ones change nothing', () => {
    const events = [requested('p'), requested('r', 'p', at(1)), responded]
    const graph = FlowGraph.fromJSON(JSON.parse(FlowGraph.fromCallEvents(events).toString()))
    const before = graph.toString()
    for (const event of events) graph.updateFromEvent(event)
    expect(graph.toString()).toBe(before)
    graph.updateFromEvent({ type: 'call.responded', requestId: 'p', output: 1, timestamp: at(3) })
    expect(graph.getNodeAttributes('p')['status']).toBe('completed')
  })
})
