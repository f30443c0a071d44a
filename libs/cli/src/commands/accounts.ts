import type { CommandGroup } from '../command.ts'

const covers = () => import('./accounts/covers.ts')

export const accounts: CommandGroup = {
  summary: 'Accounts: people, services and models that use the hub.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await covers()).list },
    get: { summary: 'Show one', load: async () => (await covers()).get },
    create: { summary: 'Make one', load: async () => (await covers()).create },
    update: { summary: 'Change one', load: async () => (await covers()).update },
    suspend: { summary: 'Shut one out', load: async () => (await covers()).suspend },
    activate: { summary: 'Let one in again', load: async () => (await covers()).activate },
    deactivate: {
      summary: 'Shut one out for good',
      load: async () => (await covers()).deactivate,
    },
  },
}
