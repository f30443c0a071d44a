import {
  bottlenecks,
  criticalPath,
  parseFrontmatter,
  schedule,
  serializeFrontmatter,
  TaskGraph,
  workflowCost,
} from '@alkdev/taskgraph'
import type { TaskInput } from '@alkdev/taskgraph'
import type { Row } from './row.ts'

const scopes = ['single', 'narrow', 'moderate', 'broad', 'system'] as const
const risks = ['trivial', 'low', 'medium', 'high', 'critical'] as const

/** A plan without cycles: every dependency runs from an earlier to a later task. The same at every run. */
function plan(taskCount: number, dependencyCount: number): TaskInput[] {
  let seed = 1
  const below = (limit: number) => {
    seed ^= seed << 13
    seed ^= seed >>> 17
    seed ^= seed << 5
    return (seed >>> 0) % limit
  }
  const dependsOn = Array.from({ length: taskCount }, () => new Set<number>())
  let made = 0
  while (made < dependencyCount) {
    const [a, b] = [below(taskCount), below(taskCount)]
    const later = dependsOn[Math.max(a, b)]
    if (a === b || later === undefined || later.has(Math.min(a, b))) continue
    later.add(Math.min(a, b))
    made += 1
  }
  return dependsOn.map((ids, index) => ({
    id: `task-${index}`,
    name: `Task ${index}`,
    dependsOn: Array.from(ids, (id) => `task-${id}`),
    scope: scopes[index % 5] ?? 'narrow',
    risk: risks[(index >> 2) % 5] ?? 'medium',
  }))
}

/** Median of several runs of each, measured alternately, in milliseconds; the first two rounds only warm up. */
function mediansMs(runs: number, works: readonly (() => unknown)[]): readonly number[] {
  const times = works.map((): number[] => [])
  for (let run = -2; run < runs; run += 1) {
    for (const [at, work] of works.entries()) {
      const start = performance.now()
      work()
      if (run >= 0) times[at]?.push(performance.now() - start)
    }
  }
  return times.map((all) => all.toSorted((x, y) => x - y)[runs >> 1] ?? Number.NaN)
}

function medianMs(runs: number, work: () => unknown): number {
  return mediansMs(runs, [work])[0] ?? Number.NaN
}

function analyse(tasks: readonly TaskInput[]): number {
  const graph = TaskGraph.fromTasks(tasks)
  return graph.topologicalOrder().length + criticalPath(graph).length + workflowCost(graph).totalEv
}

/** What the task graph library claims. Takes about five seconds. */
export async function run(): Promise<Row[]> {
  const usual = plan(10_000, 40_000)
  const dense = plan(10_000, 160_000)
  const chain = Array.from({ length: 100_000 }, (_, index): TaskInput => {
    return { id: `${index}`, name: 'n', dependsOn: index === 0 ? [] : [`${index - 1}`] }
  })
  const works = [() => analyse(usual), () => analyse(dense)]
  const [usualMs = Number.NaN, denseMs = Number.NaN] = mediansMs(9, works)
  const buildMs = medianMs(9, () => TaskGraph.fromTasks(usual))
  const ready = Array.from({ length: 7 }, () => TaskGraph.fromTasks(usual))
  const graphologyMs = medianMs(5, () => ready.pop()?.raw)
  const chainMs = medianMs(3, () => analyse(chain) + schedule(TaskGraph.fromTasks(chain)).duration)
  const bottlenecksMs = medianMs(1, () => bottlenecks(TaskGraph.fromTasks(usual)))
  const texts = usual.slice(0, 1000).map((task) => serializeFrontmatter(task, '\n# Task\n'))
  const parseMs = medianMs(3, () => texts.map(parseFrontmatter))
  return [
    {
      name: 'taskgraph: build, order, critical path and cost of 10,000 tasks, 40,000 dependencies',
      value: usualMs,
      unit: 'ms',
      target: '<= 150 ms',
      ok: usualMs <= 150,
    },
    {
      name: 'taskgraph: the same with four times the dependencies, per dependency',
      value: denseMs / 160,
      unit: 'us',
      reference: usualMs / 40,
      ratio: denseMs / 4 / usualMs,
      target: '<= 1.3 x (linear)',
      ok: denseMs / 4 / usualMs <= 1.3,
    },
    {
      name: 'taskgraph: build of 10,000 tasks, 40,000 dependencies (reference: graphology)',
      value: buildMs,
      unit: 'ms',
      reference: graphologyMs,
      ratio: buildMs / graphologyMs,
    },
    {
      name: 'taskgraph: all of it and the schedule of a chain of 100,000',
      value: chainMs,
      unit: 'ms',
    },
    {
      name: 'taskgraph: bottlenecks of 10,000 tasks, 40,000 dependencies',
      value: bottlenecksMs,
      unit: 'ms',
    },
    { name: 'taskgraph: front matter read, per file', value: parseMs, unit: 'us' },
  ]
}
