import type { CommandGroup } from '../command.ts'

const covers = () => import('./orgs/covers.ts')

export const orgs: CommandGroup = {
  summary: 'Organizations: groups of accounts that see and call the same things.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await covers()).list },
    get: { summary: 'Show one', load: async () => (await covers()).get },
    create: { summary: 'Found one', load: async () => (await covers()).create },
    delete: { summary: 'End one', load: async () => (await covers()).remove },
    members: { summary: 'List who belongs to one', load: async () => (await covers()).members },
    'add-member': { summary: 'Add an account', load: async () => (await covers()).addMember },
    'remove-member': {
      summary: 'Remove an account',
      load: async () => (await covers()).removeMember,
    },
    transfer: {
      summary: 'Hand one over to another owner',
      load: async () => (await covers()).transfer,
    },
  },
}
