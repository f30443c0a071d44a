import type { CommandGroup } from '../command.ts'

const covers = () => import('./workspaces/covers.ts')

export const workspaces: CommandGroup = {
  summary: 'Workspaces: directories in which work on a project happens.',
  subcommands: {
    list: { summary: 'List those of a project', load: async () => (await covers()).list },
    create: { summary: 'Make one known', load: async () => (await covers()).create },
    archive: { summary: 'Archive one', load: async () => (await covers()).archive },
    delete: { summary: 'Forget one', load: async () => (await covers()).remove },
  },
}
