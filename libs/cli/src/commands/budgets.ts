import type { CommandGroup } from '../command.ts'

const operationCommands = () => import('./budgets/operation-commands.ts')

export const budgets: CommandGroup = {
  summary: 'What a key, an account, an organization, a model or a session may use of models.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await operationCommands()).list },
    get: { summary: 'Show one', load: async () => (await operationCommands()).get },
    set: { summary: 'Set one', load: async () => (await import('./budgets/set.ts')).set },
    remove: { summary: 'Remove one', load: async () => (await operationCommands()).remove },
  },
}
