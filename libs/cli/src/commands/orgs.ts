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
    invite: { summary: 'Invite an account', load: async () => (await covers()).invite },
    'add-member': {
      summary: 'The same, by its older name',
      load: async () => (await covers()).addMember,
    },
    invitations: {
      summary: 'List the invitations that you or an organization of yours wait for',
      load: async () => (await covers()).invitations,
    },
    accept: { summary: 'Become a member', load: async () => (await covers()).accept },
    decline: { summary: 'Decline an invitation', load: async () => (await covers()).decline },
    withdraw: { summary: 'Take an invitation back', load: async () => (await covers()).withdraw },
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
