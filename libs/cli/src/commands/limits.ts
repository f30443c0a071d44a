import type { CommandGroup } from '../command.ts'

const covers = () => import('./limits/covers.ts')

export const limits: CommandGroup = {
  summary: 'How many requests a key, an account or an organization may make.',
  subcommands: {
    get: { summary: 'Show limits and what is left', load: async () => (await covers()).get },
    set: { summary: 'Set some of its own', load: async () => (await covers()).set },
  },
}
