import type { CommandGroup } from '../command.ts'

const covers = () => import('./roles/covers.ts')

export const roles: CommandGroup = {
  summary: 'Roles: behaviour that a session may take on.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await covers()).list },
    get: { summary: 'Show one and what counts in it', load: async () => (await covers()).get },
    check: { summary: 'Ask what one allows', load: async () => (await covers()).check },
    create: { summary: 'Make one', load: async () => (await covers()).create },
    update: { summary: 'Change one', load: async () => (await covers()).update },
    delete: { summary: 'Remove one', load: async () => (await covers()).remove },
  },
}
