import type { CommandGroup } from '../command.ts'

export const spokes: CommandGroup = {
  summary: 'Spokes: processes that attach to the hub and offer operations.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await import('./spokes/list.ts')).list },
    get: {
      summary: 'Show one and its operations',
      load: async () => (await import('./spokes/get.ts')).get,
    },
    delete: {
      summary: 'Forget one that is gone',
      load: async () => (await import('./spokes/delete.ts')).remove,
    },
    drain: {
      summary: 'Let the calls of one end, then close its connection',
      load: async () => (await import('./spokes/drain.ts')).drain,
    },
    disconnect: {
      summary: 'Close the connection of one',
      load: async () => (await import('./spokes/disconnect.ts')).disconnect,
    },
  },
}
