import { compact } from '@alkdev/std'
import { taskCommands } from '@alkdev/taskgraph/commands'
import { UsageError } from '../../failure.ts'
import type { FlagSpec, Parsed } from '../../command.ts'
import { statuses } from './filter-flags.ts'
import { choice, offline } from './offline.ts'

const limit = {
  limit: { type: 'string', value: 'N', summary: 'Maximum number of lines.' },
} as const satisfies Record<string, FlagSpec>
const all = {
  all: { type: 'boolean', summary: 'All the way, not only the direct ones.' },
} as const satisfies Record<string, FlagSpec>

function limitOf(args: Parsed): { limit?: number } {
  const number = args.number('limit')
  return compact({ limit: number })
}

export const validate = offline({
  summary: 'Shows everything that is wrong with the task files, with file and line.',
  flags: { strict: { type: 'boolean', summary: 'Fail on warnings as well.' } },
  tellsProblems: true,
  run({ tasks, problems, ignored }, args) {
    const answer = taskCommands.validate(tasks, {
      problems,
      strict: args.flag('strict'),
      ignored: ignored.length,
    })
    return { ...answer, failed: answer.data.failed }
  },
})

export const show = offline({
  summary: 'Shows a task: its fields, what it waits for, what waits for it, its text.',
  takesId: true,
  run({ tasks, files }, _args, id) {
    const body = files.find((file) => file.task.id === id)?.body
    return taskCommands.show(tasks, { id, ...compact({ body }) })
  },
})

export const deps = offline({
  summary: 'Lists what a task waits for.',
  takesId: true,
  flags: all,
  run: ({ tasks }, args, id) => taskCommands.deps(tasks, { id, transitive: args.flag('all') }),
})

export const dependents = offline({
  summary: 'Lists what waits for a task.',
  takesId: true,
  flags: all,
  run: ({ tasks }, args, id) =>
    taskCommands.dependents(tasks, { id, transitive: args.flag('all') }),
})

export const topo = offline({
  summary: 'Lists the tasks so that each comes after what it waits for.',
  flags: {
    status: { type: 'string', value: 'WORD', summary: `Only ${statuses.join(', ')}.` },
  },
  run({ tasks }, args) {
    const status = choice(args, 'status', statuses)
    return taskCommands.topo(tasks, compact({ status }))
  },
})

export const cycles = offline({
  summary: 'Shows the cycles in which tasks wait for each other.',
  run: ({ tasks }) => taskCommands.cycles(tasks),
})

export const parallel = offline({
  summary: 'Groups the tasks that can be worked on at the same time.',
  run: ({ tasks }) => taskCommands.parallel(tasks),
})

export const critical = offline({
  summary: 'Shows the longest chain of tasks.',
  flags: { cost: { type: 'boolean', summary: 'Longest by cost, not by number of tasks.' } },
  run: ({ tasks }, args) =>
    taskCommands.critical(tasks, { weight: args.flag('cost') ? 'cost' : 'tasks' }),
})

export const bottleneck = offline({
  summary: 'Lists the tasks through which most of the others lead.',
  flags: limit,
  run: ({ tasks }, args) => taskCommands.bottleneck(tasks, limitOf(args)),
})

export const risk = offline({
  summary: 'Counts the tasks of each risk.',
  run: ({ tasks }) => taskCommands.risk(tasks),
})

export const riskPath = offline({
  summary: 'Shows the chain of tasks on which the most risk adds up.',
  run: ({ tasks }) => taskCommands['risk-path'](tasks),
})

export const decompose = offline({
  summary: 'Lists the tasks that should be split or that have not been assessed.',
  run: ({ tasks }) => taskCommands.decompose(tasks),
})

export const cost = offline({
  summary:
    'Estimates what all tasks cost, the most expensive first. COST: expected cost, with repetitions after failures. P: the chance that the task succeeds by its own risk. P HERE: with what its dependencies pass on. SCOPE, IMPACT: the weights of both fields.',
  flags: {
    ...limit,
    order: { type: 'boolean', summary: 'In the order of work, not by cost.' },
    independent: { type: 'boolean', summary: 'Without the failures of what comes before.' },
    completed: { type: 'boolean', summary: 'Count completed tasks too.' },
    published: {
      type: 'boolean',
      summary:
        'By the formula of the taskgraph paper, which counts one attempt, instead of retries until success.',
    },
  },
  run: ({ tasks }, args) =>
    taskCommands.cost(tasks, {
      ...limitOf(args),
      sortBy: args.flag('order') ? 'topological' : 'cost',
      propagationMode: args.flag('independent') ? 'independent' : 'dag-propagate',
      includeCompleted: args.flag('completed'),
      costModel: args.flag('published') ? 'published' : 'retry',
    }),
})

export const graph = offline({
  summary: 'Draws the graph, in DOT or Mermaid; as data with --json.',
  flags: {
    format: { type: 'string', value: 'WORD', summary: 'dot (default) or mermaid.' },
    critical: { type: 'boolean', summary: 'Stress the longest chain.' },
    direction: {
      type: 'string',
      value: 'WORD',
      summary: 'LR (default) or TB: to the right or down.',
    },
  },
  run: ({ tasks }, args) =>
    taskCommands.graph(tasks, {
      format: choice(args, 'format', ['dot', 'mermaid']) ?? 'dot',
      direction: choice(args, 'direction', ['LR', 'TB']) ?? 'LR',
      critical: args.flag('critical'),
    }),
})

export const next = offline({
  summary:
    'Lists what can be started now, best first. CHAIN: cost of the most expensive chain of tasks from here to the end. UNBLOCKS: how many tasks wait for it, directly or not.',
  flags: limit,
  run: ({ tasks }, args) => taskCommands.next(tasks, limitOf(args)),
})

export const slack = offline({
  summary: 'Shows when each task can begin and by how much it may slip.',
  run: ({ tasks }) => taskCommands.slack(tasks),
})

export const whatIf = offline({
  summary: 'Shows what moves when tasks take longer.',
  flags: {
    slip: {
      type: 'string',
      value: 'ID=BY',
      multiple: true,
      summary:
        'A task and by how much it takes longer (negative: shorter). May be given several times.',
    },
  },
  run: ({ tasks }, args) =>
    taskCommands['what-if'](tasks, { slips: parseSlips(args.texts('slip')) }),
})

/** `id=number` of each flag. */
export function parseSlips(texts: readonly string[]): Record<string, number> {
  if (texts.length === 0)
    throw new UsageError(
      'Which task takes longer?',
      'Say it as --slip ID=BY, such as --slip api=2.',
    )
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.lastIndexOf('=')
      const by = Number(text.slice(at + 1))
      if (at < 1 || at === text.length - 1 || !Number.isFinite(by))
        throw new UsageError(`--slip takes ID=BY, not \`${text}\`.`, 'Write it as --slip api=2.')
      return [text.slice(0, at), by] as const
    }),
  )
}
