import type { CommandGroup } from '../command.ts'

export const calls: CommandGroup = {
  summary: 'The calls of the hub: which were made, by whom, and how they ended.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await import('./calls/list.ts')).list },
    get: { summary: 'Show one', load: async () => (await import('./calls/get.ts')).get },
    tree: {
      summary: 'Show the calls below one',
      load: async () => (await import('./calls/tree.ts')).tree,
    },
    tail: {
      summary: 'Show calls as they end',
      load: async () => (await import('./calls/tail.ts')).tail,
    },
    graph: {
      summary: 'Show which operations belong together',
      load: async () => (await import('./calls/graph.ts')).graph,
    },
    stats: {
      summary: 'Count them, with their errors and durations',
      load: async () => (await import('./calls/stats.ts')).stats,
    },
    repeat: {
      summary: 'Call the same operation with the same input',
      load: async () => (await import('./calls/repeat.ts')).repeat,
    },
    abort: {
      summary: 'Abort one that runs',
      load: async () => (await import('./calls/abort.ts')).abort,
    },
  },
}
