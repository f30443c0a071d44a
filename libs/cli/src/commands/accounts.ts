import type { CommandGroup } from '../command.ts'

const operationCommands = () => import('./accounts/operation-commands.ts')

export const accounts: CommandGroup = {
  summary: 'Accounts: people, services and models that use the hub.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await operationCommands()).list },
    get: { summary: 'Show one', load: async () => (await operationCommands()).get },
    create: { summary: 'Create one', load: async () => (await operationCommands()).create },
    update: { summary: 'Change one', load: async () => (await operationCommands()).update },
    suspend: { summary: 'Suspend one', load: async () => (await operationCommands()).suspend },
    activate: {
      summary: 'Activate one again',
      load: async () => (await operationCommands()).activate,
    },
    deactivate: {
      summary: 'Deactivate one permanently',
      load: async () => (await operationCommands()).deactivate,
    },
  },
}
