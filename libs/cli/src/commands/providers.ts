import type { CommandGroup } from '../command.ts'

export const providers: CommandGroup = {
  summary:
    'Providers of models, reached through the hub at /v1. Their API keys are stored encrypted.',
  subcommands: {
    add: {
      summary: 'Add one',
      load: async () => (await import('./providers/add.ts')).add,
    },
    list: { summary: 'List them', load: async () => (await import('./providers/list.ts')).list },
    test: {
      summary: 'Try its API keys',
      load: async () => (await import('./providers/test.ts')).test,
    },
    update: {
      summary: 'Change one, or its API key',
      load: async () => (await import('./providers/update.ts')).update,
    },
    remove: {
      summary: 'Remove one and its API key',
      load: async () => (await import('./providers/remove.ts')).remove,
    },
  },
}
