import type { CommandGroup } from '../command.ts'

const connections = () => import('./clients/connections.ts')
const operationCommands = () => import('./clients/operation-commands.ts')

export const clients: CommandGroup = {
  summary: 'Outside services: model providers, OpenAPI and MCP servers, forges.',
  subcommands: {
    list: { summary: 'List them', load: async () => (await operationCommands()).list },
    get: { summary: 'Show one', load: async () => (await operationCommands()).get },
    add: {
      summary: 'Try an MCP server or OpenAPI service, and add it',
      load: async () => (await import('./clients/add.ts')).add,
    },
    status: { summary: 'Show a connection', load: async () => (await connections()).status },
    test: { summary: 'Try one that is stored', load: async () => (await connections()).test },
    refresh: { summary: 'Read its tools again', load: async () => (await connections()).refresh },
    accept: { summary: 'Accept changed tools', load: async () => (await connections()).accept },
    create: { summary: 'Add one', load: async () => (await operationCommands()).create },
    update: { summary: 'Change one', load: async () => (await operationCommands()).update },
    delete: {
      summary: 'Remove one and its secret',
      load: async () => (await operationCommands()).remove,
    },
  },
}
