import type { CommandGroup } from '../command.ts'

const covers = () => import('./clients/covers.ts')

export const clients: CommandGroup = {
  summary: 'Outside services: model providers, OpenAPI and MCP servers, forges.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await covers()).list },
    get: { summary: 'Show one', load: async () => (await covers()).get },
    create: { summary: 'Add one', load: async () => (await covers()).create },
    update: { summary: 'Change one', load: async () => (await covers()).update },
    delete: { summary: 'Remove one and its secret', load: async () => (await covers()).remove },
  },
}
