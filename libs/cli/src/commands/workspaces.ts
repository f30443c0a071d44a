import type { CommandGroup } from '../command.ts'

const operationCommands = () => import('./workspaces/operation-commands.ts')

export const workspaces: CommandGroup = {
  summary: 'Workspaces: the working directories of a project.',
  subcommands: {
    list: {
      summary: 'List those of a project',
      load: async () => (await operationCommands()).list,
    },
    create: { summary: 'Register one', load: async () => (await operationCommands()).create },
    archive: { summary: 'Archive one', load: async () => (await operationCommands()).archive },
    delete: {
      summary: 'Remove one from the hub',
      load: async () => (await operationCommands()).remove,
    },
  },
}
