import type { Command, CommandGroup, SubcommandEntry } from '../command.ts'
import type * as offlineCommands from './tasks/offline-commands.ts'

type Offline = typeof offlineCommands

function offline(summary: string, pick: (all: Offline) => Command): SubcommandEntry {
  return { summary, load: async () => pick(await import('./tasks/offline-commands.ts')) }
}

export const tasks: CommandGroup = {
  summary:
    'Tasks written as Markdown files with front matter: what to do next, in which order, at what cost. Only `sync`, `claim`, `done`, `release`, `reopen`, `board`, `export` and the option `--synced` need a hub.',
  subcommands: {
    sync: {
      summary: 'Store the tasks of the files in the hub',
      load: async () => (await import('./tasks/sync.ts')).sync,
    },
    list: { summary: 'List the tasks', load: async () => (await import('./tasks/list.ts')).list },
    next: {
      summary: 'What can be started now, best first',
      load: async () => (await import('./tasks/next.ts')).next,
    },
    claim: {
      summary: 'Claim a task of the hub for your account',
      load: async () => (await import('./tasks/claim-commands.ts')).claim,
    },
    done: {
      summary: 'Complete a task of the hub',
      load: async () => (await import('./tasks/claim-commands.ts')).done,
    },
    release: {
      summary: 'End the claim of a task of the hub',
      load: async () => (await import('./tasks/claim-commands.ts')).release,
    },
    reopen: {
      summary: 'Make a closed task of the hub pending again',
      load: async () => (await import('./tasks/claim-commands.ts')).reopen,
    },
    board: {
      summary: 'Who works on what in the hub, live',
      load: async () => (await import('./tasks/board.ts')).board,
    },
    export: {
      summary: 'Write the status in the hub into the files',
      load: async () => (await import('./tasks/export.ts')).exportTasks,
    },
    graph: offline('Draw the graph in DOT or Mermaid', (all) => all.graph),
    cost: offline('Show the expected cost of all tasks', (all) => all.cost),
    validate: offline('Show every error of the files', (all) => all.validate),
    show: offline('Show one task with its text', (all) => all.show),
    init: {
      summary: 'Write a new task file',
      load: async () => (await import('./tasks/init.ts')).init,
    },
    deps: offline('What a task waits for', (all) => all.deps),
    dependents: offline('What waits for a task', (all) => all.dependents),
    topo: offline('An order of work', (all) => all.topo),
    parallel: offline('What can be done at the same time', (all) => all.parallel),
    cycles: offline('Cycles of tasks that wait for each other', (all) => all.cycles),
    critical: offline('The longest chain', (all) => all.critical),
    bottleneck: offline('Tasks through which most others lead', (all) => all.bottleneck),
    risk: offline('How many tasks of each risk', (all) => all.risk),
    'risk-path': offline('The riskiest chain', (all) => all.riskPath),
    decompose: offline('What should be split or assessed', (all) => all.decompose),
    'workflow-cost': { ...offline('The same as cost', (all) => all.cost), hidden: true },
    slack: offline('How much each task may slip', (all) => all.slack),
    'what-if': offline('What moves when tasks slip', (all) => all.whatIf),
  },
}
