import type { CommandGroup } from '../command.ts'

export const keys: CommandGroup = {
  summary: 'API keys of your account. The key itself is shown only once, when it is created.',
  subcommands: {
    create: {
      summary: 'Create a key',
      load: async () => (await import('./keys/create.ts')).create,
    },
    list: { summary: 'List them', load: async () => (await import('./keys/list.ts')).list },
    rotate: {
      summary: 'Replace one by a new one with the same rights',
      load: async () => (await import('./keys/rotate.ts')).rotate,
    },
    revoke: {
      summary: 'Revoke one permanently',
      load: async () => (await import('./keys/revoke.ts')).revoke,
    },
    bootstrap: {
      summary: 'Create the first key of a new hub, directly in its database',
      load: async () => (await import('./keys/bootstrap.ts')).bootstrap,
    },
  },
}
