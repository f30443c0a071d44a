import type { CommandGroup } from '../command.ts'

export const context: CommandGroup = {
  summary:
    'Hubs by name: a URL and the file with the key for it. Commands use the context in use unless --hub, --context or ALKHUB_HUB name another hub.',
  subcommands: {
    add: {
      summary: 'Name a hub and its key file',
      load: async () => (await import('./context/add.ts')).add,
    },
    use: {
      summary: 'Choose the context that commands use',
      load: async () => (await import('./context/use.ts')).use,
    },
    list: { summary: 'List them', load: async () => (await import('./context/list.ts')).list },
    remove: {
      summary: 'Remove one',
      load: async () => (await import('./context/remove.ts')).remove,
    },
  },
}
