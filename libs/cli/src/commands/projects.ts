import type { CommandGroup } from '../command.ts'

const covers = () => import('./projects/covers.ts')

export const projects: CommandGroup = {
  summary: 'Projects: bodies of work, usually a repository each.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await covers()).list },
    get: { summary: 'Show one', load: async () => (await covers()).get },
    create: { summary: 'Make one', load: async () => (await covers()).create },
    update: { summary: 'Change one', load: async () => (await covers()).update },
    delete: { summary: 'Remove one', load: async () => (await covers()).remove },
  },
}
