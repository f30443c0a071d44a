import type { CommandGroup } from '../command.ts'

const operationCommands = () => import('./projects/operation-commands.ts')

export const projects: CommandGroup = {
  summary: 'Projects, usually one repository each.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await operationCommands()).list },
    get: { summary: 'Show one', load: async () => (await operationCommands()).get },
    create: { summary: 'Create one', load: async () => (await operationCommands()).create },
    update: { summary: 'Change one', load: async () => (await operationCommands()).update },
    delete: { summary: 'Remove one', load: async () => (await operationCommands()).remove },
  },
}
