import type { CommandGroup } from '../command.ts'

const operationCommands = () => import('./limits/operation-commands.ts')

export const limits: CommandGroup = {
  summary: 'How many requests a key, an account or an organization may make.',
  subcommands: {
    get: {
      summary: 'Show limits and remaining requests',
      load: async () => (await operationCommands()).get,
    },
    set: { summary: 'Set limits', load: async () => (await operationCommands()).set },
  },
}
