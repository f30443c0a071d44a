import type { CommandGroup } from '../command.ts'

const operationCommands = () => import('./orgs/operation-commands.ts')

export const orgs: CommandGroup = {
  summary: 'Organizations: groups of accounts that share spokes, projects and outside services.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await operationCommands()).list },
    get: { summary: 'Show one', load: async () => (await operationCommands()).get },
    create: { summary: 'Create one', load: async () => (await operationCommands()).create },
    delete: { summary: 'Delete one', load: async () => (await operationCommands()).remove },
    members: {
      summary: 'List the members',
      load: async () => (await operationCommands()).members,
    },
    invite: { summary: 'Invite an account', load: async () => (await operationCommands()).invite },
    'add-member': {
      summary: 'The same, by its former name',
      load: async () => (await operationCommands()).addMember,
    },
    invitations: {
      summary: 'List pending invitations of your account or organizations',
      load: async () => (await operationCommands()).invitations,
    },
    accept: { summary: 'Become a member', load: async () => (await operationCommands()).accept },
    decline: {
      summary: 'Decline an invitation',
      load: async () => (await operationCommands()).decline,
    },
    withdraw: {
      summary: 'Withdraw an invitation',
      load: async () => (await operationCommands()).withdraw,
    },
    'remove-member': {
      summary: 'Remove an account',
      load: async () => (await operationCommands()).removeMember,
    },
    transfer: {
      summary: 'Transfer one to another owner',
      load: async () => (await operationCommands()).transfer,
    },
  },
}
