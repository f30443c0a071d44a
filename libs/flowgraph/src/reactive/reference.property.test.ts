import { createHostRoot } from '@alkdev/ujsx'
import { expect, test } from 'vitest'
import { CycleError } from '../errors.ts'
import { endingOf, RandomTemplate, randomOf } from '../fixtures/random-template.ts'
import { interpret } from '../fixtures/reference-interpreter.ts'
import { GraphologyHostConfig } from '../host/graphology.ts'
import { WorkflowReactiveRoot } from './workflow-reactive-root.ts'
import type { Element, Ending } from '../fixtures/reference-tests.ts'
import type { TemplateGraph } from '../template/to-graph.ts'
import type { CallEventMapValue } from '../schema/call-event.ts'

/** `FLOWGRAPH_TEMPLATES=5000` for the long run, `FLOWGRAPH_SEED` for one template. */
const templates = Number(process.env['FLOWGRAPH_TEMPLATES'] ?? 400)
const firstSeed = Number(process.env['FLOWGRAPH_SEED'] ?? 1)

function endEvent(requestId: string, { status, output }: Ending): CallEventMapValue {
  if (status === 'completed')
    return { type: 'call.responded', requestId, output: structuredClone(output), timestamp: 0 }
  if (status === 'aborted') return { type: 'call.aborted', requestId, timestamp: 0 }
  return { type: 'call.error', requestId, code: 'E', message: 'm', timestamp: 0 }
}

/** Runs a workflow: what is ready is started and what runs is ended, in an order that `order` chooses. */
function runInOrder(
  flow: TemplateGraph,
  made: RandomTemplate,
  seed: number,
  order: number,
): WorkflowReactiveRoot {
  const random = randomOf(order)
  const root = new WorkflowReactiveRoot(flow, { now: () => 0 })
  const attempts = new Map<string, number>()
  const running: { key: string; requestId: string; attempt: number }[] = []
  while (!root.isComplete()) {
    const ready = root.readyNodes()
    if (ready.length + running.length === 0) throw new Error('nothing is ready and nothing runs')
    const choice = Math.floor(random() * (ready.length + running.length))
    const key = ready[choice]
    if (key === undefined) {
      const [ended] = running.splice(choice - ready.length, 1)
      if (ended !== undefined)
        root.append(endEvent(ended.requestId, endingOf(seed, ended.key, ended.attempt)))
    } else {
      const attempt = (attempts.get(key) ?? 0) + 1
      attempts.set(key, attempt)
      const requestId = `${key} ${attempt}`
      // Sometimes the end of a call arrives before its start.
      const isEarly = random() < 0.1
      if (isEarly) root.append(endEvent(requestId, endingOf(seed, key, attempt)))
      else running.push({ key, requestId, attempt })
      root.start(key, requestId)
    }
    expectLimits(root, made)
  }
  return root
}

function expectLimits(root: WorkflowReactiveRoot, made: RandomTemplate): void {
  const active = root
    .nodes()
    .filter((key) => ['ready', 'running'].includes(root.getStatus(key)) && !/(^|\/)m\d+$/.test(key))
  for (const { max, children } of made.groups) {
    const busy = children.filter((keys) =>
      active.some((step) => keys.some((key) => step === key || step.startsWith(`${key}[`))),
    )
    expect(busy.length).toBeLessThanOrEqual(max)
  }
  for (const [map, max] of made.limitedMaps) {
    const items = active
      .filter((step) => step.startsWith(`${map}[`))
      .map((step) => step.split('/')[0])
    expect(new Set(items).size).toBeLessThanOrEqual(max)
  }
}

test(
  `what becomes of every step is what the reference interpreter says, in any order of events, within all limits (L3, L4, L6; ${templates} templates)`,
  { timeout: 1_800_000 },
  () => {
    let compared = 0
    for (let seed = firstSeed; compared < templates; seed += 1) {
      const made = new RandomTemplate(seed)
      let flow: TemplateGraph
      try {
        flow = createHostRoot(GraphologyHostConfig, null).render(made.root).ctx.flow
      } catch (error) {
        if (error instanceof CycleError) continue
        throw new Error(`template ${seed}`, { cause: error })
      }
      compared += 1
      const expected = interpret(made.root as Element, (key, attempt) =>
        endingOf(seed, key, attempt),
      )
      const statuses = Object.fromEntries([...expected].map(([key, { status }]) => [key, status]))
      for (const order of [seed, seed + 1_000_003]) {
        try {
          const root = runInOrder(flow, made, seed, order)
          const found = Object.fromEntries(root.nodes().map((key) => [key, root.getStatus(key)]))
          expect(found).toEqual(statuses)
        } catch (error) {
          const text = JSON.stringify(made.root, undefined, 1)
          throw new Error(`template ${seed}, order ${order}: ${text}`, { cause: error })
        }
      }
    }
  },
)
