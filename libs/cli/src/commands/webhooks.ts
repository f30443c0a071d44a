import type { CommandGroup } from '../command.ts'

export const webhooks: CommandGroup = {
  summary: 'URLs to which the ends of queued calls are reported.',
  subcommands: {
    list: {
      summary: 'List the webhooks of your account and its organizations',
      load: async () => (await import('./webhooks/operation-commands.ts')).list,
    },
    get: {
      summary: 'Show one',
      load: async () => (await import('./webhooks/operation-commands.ts')).get,
    },
    create: {
      summary: 'Register one',
      load: async () => (await import('./webhooks/operation-commands.ts')).create,
    },
    rotate: {
      summary: 'Replace its secret',
      load: async () => (await import('./webhooks/operation-commands.ts')).rotate,
    },
    test: {
      summary: 'Send it a test',
      load: async () => (await import('./webhooks/operation-commands.ts')).sendTest,
    },
    deliveries: {
      summary: 'What was sent to it, and what waits',
      load: async () => (await import('./webhooks/operation-commands.ts')).deliveries,
    },
    repeat: {
      summary: 'Send dead deliveries again',
      load: async () => (await import('./webhooks/operation-commands.ts')).repeat,
    },
    delete: {
      summary: 'Delete it',
      load: async () => (await import('./webhooks/operation-commands.ts')).remove,
    },
  },
}
