import type { CommandGroup } from '../command.ts'

const operationCommands = () => import('./roles/operation-commands.ts')

export const roles: CommandGroup = {
  summary: 'Roles: the prompt, tools and permissions of a session.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await operationCommands()).list },
    get: {
      summary: 'Show one and what counts in it',
      load: async () => (await operationCommands()).get,
    },
    check: { summary: 'Ask what one allows', load: async () => (await operationCommands()).check },
    create: { summary: 'Make one', load: async () => (await operationCommands()).create },
    update: { summary: 'Change one', load: async () => (await operationCommands()).update },
    delete: { summary: 'Remove one', load: async () => (await operationCommands()).remove },
  },
}
