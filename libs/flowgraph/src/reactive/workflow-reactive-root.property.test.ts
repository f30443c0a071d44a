import { createHostRoot, h } from '@alkdev/ujsx'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Conditional, Map as Each, Operation, Parallel, Sequential } from '../component.ts'
import { GraphologyHostConfig } from '../host/graphology.ts'
import { isFinalNode, isSatisfied } from '../schema/enums.ts'
import { WorkflowReactiveRoot } from './workflow-reactive-root.ts'
import type { UElement } from '@alkdev/ujsx'
import type { Test } from '../component.ts'
import type { TemplateGraph } from '../template/to-graph.ts'
import type { WorkflowEvent } from './events.ts'
import type { FailurePolicy } from './machine.ts'

const first = h(Operation, { name: 'first' })

/** Tests and lists refer to the first step only, which every template has. */
const anyTest: fc.Arbitrary<Test> = fc.constantFrom<Test[]>(
  'first',
  { not: 'first' },
  { node: 'first', path: '/n', above: 1 },
  true,
  false,
  (results) => Object.keys(results).length % 2 === 0,
  () => {
    throw new Error('broken')
  },
)

const { template } = fc.letrec<{ template: UElement }>((tie) => {
  const children = fc.array(tie('template'), { maxLength: 4 })
  return {
    template: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc
        .record({ name: fc.constantFrom('a', 'b', 'c'), retries: fc.constantFrom(0, 0, 1) })
        .map((props) => h(Operation, props)),
      children.map((each) => h(Sequential, null, each)),
      fc
        .tuple(children, fc.constantFrom(undefined, 1, 2))
        .map(([each, maxConcurrency]) =>
          h(Parallel, maxConcurrency === undefined ? {} : { maxConcurrency }, each),
        ),
      fc
        .tuple(anyTest, tie('template'), fc.option(tie('template'), { nil: undefined }))
        .map(([test, yes, no]) =>
          h(Conditional, no === undefined ? { test } : { test, else: no }, yes),
        ),
      fc
        .tuple(
          fc.constantFrom([1, 2], { $result: 'first', path: '/list' }, (): unknown[] => ['x']),
          fc.constantFrom(undefined, 1),
          tie('template'),
        )
        .map(([over, maxConcurrency, child]) =>
          h(
            Each,
            { over, as: 'n', ...(maxConcurrency !== undefined && { maxConcurrency }) },
            child,
          ),
        ),
    ),
  }
})

function flowOf(given: UElement): TemplateGraph {
  return createHostRoot(GraphologyHostConfig, null).render(h(Sequential, null, first, given)).ctx
    .flow
}

type Action = 'start' | 'complete' | 'fail' | 'abort' | 'item' | 'abortNode' | 'abortAll' | 'again'
const action = fc.tuple(
  fc.oneof(
    { weight: 10, arbitrary: fc.constant<Action>('start') },
    { weight: 8, arbitrary: fc.constant<Action>('complete') },
    { weight: 2, arbitrary: fc.constant<Action>('fail') },
    { weight: 4, arbitrary: fc.constantFrom<Action>('abort', 'item', 'abortNode', 'again') },
    { weight: 1, arbitrary: fc.constant<Action>('abortAll') },
  ),
  fc.nat(),
)

/** Does one thing to a run, chosen by a number among what can be done. Time passes with the length of the log. */
function act(root: WorkflowReactiveRoot, [what, pick]: readonly [Action, number]): void {
  const choose = (keys: readonly string[]): string | undefined =>
    keys[pick % Math.max(1, keys.length)]
  const running = root
    .nodes()
    .filter((key) => root.getStatus(key) === 'running' && root.nodeKeyToRequestId.has(key))
  const timestamp = root.log.length
  if (what === 'start') {
    const key = choose(root.readyNodes())
    if (key !== undefined) root.start(key, `r${timestamp}`, timestamp)
    return
  }
  if (what === 'abortAll') return root.abortAll()
  if (what === 'abortNode') return root.abortNode(choose(root.nodes()) ?? 'first')
  if (what === 'again') {
    const over = root
      .nodes()
      .filter(
        (key) =>
          ['failed', 'completed'].includes(root.getStatus(key)) && root.nodeKeyToRequestId.has(key),
      )
    const nodeKey = choose(over)
    if (nodeKey === undefined) return undefined
    root.append({
      type: 'call.requested',
      requestId: `r${timestamp}`,
      operationId: root.getOperation(nodeKey),
      nodeKey,
      timestamp,
    })
    return undefined
  }
  const requestId = root.nodeKeyToRequestId.get(choose(running) ?? '')
  if (requestId === undefined) return undefined
  const output = { n: pick % 4, list: [pick % 2, 'y'] }
  if (what === 'complete') root.append({ type: 'call.responded', requestId, output, timestamp })
  else if (what === 'item')
    root.append({ type: 'call.responded', requestId, seq: timestamp + 1, output, timestamp })
  else if (what === 'fail')
    root.append({ type: 'call.error', requestId, code: 'E', message: '', timestamp })
  else root.append({ type: 'call.aborted', requestId, timestamp })
  return undefined
}

function stateOf(root: WorkflowReactiveRoot): unknown {
  return {
    steps: root.nodes().map((key) => ({
      key,
      status: root.getStatus(key),
      signal: root.statusMap.get(key)?.value,
      result: root.getResult(key),
      preconditions: root.preconditions.get(key)?.value,
      blocked: root.blockedByFailure.get(key)?.value,
      handled: root.isHandled(key),
    })),
    ready: root.readyNodes(),
    requests: [...root.nodeKeyToRequestId],
    nodes: [...root.requestIdToNodeKey],
    aggregate: root.getAggregateStatus(),
    complete: root.isComplete(),
    log: root.log,
  }
}

const options = { now: () => 0 }
const policy = fc.constantFrom<FailurePolicy[]>('continue-running', 'abort-dependents')

test('a run that is resumed from its log is in exactly the state that it was in, at every point', () => {
  fc.assert(
    fc.property(
      template,
      policy,
      fc.array(action, { maxLength: 40 }),
      (given, failurePolicy, actions) => {
        const flow = flowOf(given)
        const root = new WorkflowReactiveRoot(flow, { ...options, failurePolicy })
        for (const each of actions) {
          act(root, each)
          const events = JSON.parse(JSON.stringify(root.log)) as WorkflowEvent[]
          const again = new WorkflowReactiveRoot(flow, { ...options, failurePolicy, events })
          expect(stateOf(again)).toEqual(stateOf(root))
        }
      },
    ),
    { numRuns: 150, interruptAfterTimeLimit: 12_000 },
  )
})

test('events that come again change nothing, wherever they come', () => {
  fc.assert(
    fc.property(
      template,
      fc.array(action, { maxLength: 40 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      (given, actions, repeats) => {
        const root = new WorkflowReactiveRoot(flowOf(given), options)
        for (const [at, each] of actions.entries()) {
          act(root, each)
          const { log } = root
          const repeated = log[(repeats[at] ?? 0) % Math.max(1, log.length)]
          const before = stateOf(root)
          expect(repeated !== undefined && root.append(structuredClone(repeated))).toBe(false)
          expect(stateOf(root)).toEqual(before)
        }
      },
    ),
    { numRuns: 200, interruptAfterTimeLimit: 6000 },
  )
})

test('rules that hold at every moment of every run', () => {
  fc.assert(
    fc.property(
      template,
      policy,
      fc.array(action, { maxLength: 60 }),
      (given, failurePolicy, actions) => {
        const flow = flowOf(given)
        const root = new WorkflowReactiveRoot(flow, { ...options, failurePolicy })
        for (const each of actions) {
          act(root, each)
          for (const key of flow.nodes()) {
            const status = root.getStatus(key)
            expect(root.statusMap.get(key)?.value).toBe(status)
            const before = flow.predecessors(key)
            // A Map has its status as soon as one of its steps failed; it is over when all of them are.
            const settled = before.every((source) =>
              root
                .nodes()
                .filter((each) => each === source || each.startsWith(`${source}[`))
                .every((each) => isFinalNode(root.getStatus(each))),
            )
            const satisfied = before.every(
              (source) =>
                isSatisfied(root.getStatus(source)) ||
                flow.getEdgeAttributes(source, key).boundary === true,
            )
            // Ready: all before it is over, and nothing that failed stands in the way.
            expect(status !== 'ready' || (settled && satisfied)).toBe(true)
            // Idle and waiting: something is still missing.
            expect(status !== 'idle' || !settled).toBe(true)
            expect(root.readyNodes().includes(key)).toBe(status === 'ready')
          }
          expect(root.isComplete()).toBe(
            root.nodes().every((key) => isFinalNode(root.getStatus(key))),
          )
        }
      },
    ),
    { numRuns: 300, interruptAfterTimeLimit: 8000 },
  )
})

test('a run in which everything ready is started and ended comes to an end, within the limits of its groups', () => {
  fc.assert(
    fc.property(
      template,
      fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 1, maxLength: 20 }),
      (given, choices) => {
        const flow = flowOf(given)
        const root = new WorkflowReactiveRoot(flow, options)
        let turns = 0
        while (!root.isComplete()) {
          const [pick, fails] = choices[turns % choices.length] ?? [0, false]
          turns += 1
          expect(turns).toBeLessThan(5000)
          act(root, ['start', pick])
          for (const [group, max] of limitsOf(flow)) {
            const children = new Set(
              flow
                .nodes()
                .filter((key) => ['ready', 'running'].includes(root.getStatus(key)))
                .flatMap((key) =>
                  (flow.getNodeAttributes(key).slots ?? []).filter((slot) => slot.group === group),
                )
                .map((slot) => slot.child),
            )
            expect(children.size).toBeLessThanOrEqual(max)
          }
          act(root, [fails ? 'fail' : 'complete', pick])
        }
      },
    ),
    { numRuns: 300, interruptAfterTimeLimit: 8000 },
  )
})

function limitsOf(flow: TemplateGraph): Map<string, number> {
  return new Map(
    flow
      .nodes()
      .flatMap((key) =>
        (flow.getNodeAttributes(key).slots ?? []).map(({ group, max }) => [group, max] as const),
      ),
  )
}
