import type { Command, CommandGroup, SubcommandEntry } from '../command.ts'
import type * as offlineCommands from './tasks/offline-commands.ts'

type Offline = typeof offlineCommands

function offline(summary: string, pick: (all: Offline) => Command): SubcommandEntry {
  return { summary, load: async () => pick(await import('./tasks/offline-commands.ts')) }
}

export const tasks: CommandGroup = {
  summary:
    'Tasks written as Markdown files with front matter: what to do next, in which order, at what cost. All but `sync` work without a hub.',
  subcommands: {
    sync: {
      summary: 'Put the files into the hub',
      load: async () => (await import('./tasks/sync.ts')).sync,
    },
    list: { summary: 'List the tasks', load: async () => (await import('./tasks/list.ts')).list },
    next: offline('What can be started now, best first', (all) => all.next),
    graph: offline('Draw the graph in DOT or Mermaid', (all) => all.graph),
    cost: offline('What all of it is expected to cost', (all) => all.cost),
    validate: offline('Everything that is wrong with the files', (all) => all.validate),
    show: offline('One task whole', (all) => all.show),
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
