import type { CommandGroup } from '../command.ts'

export const queue: CommandGroup = {
  summary: 'Calls that the hub stores, makes later and retries; `alkhub call --async` adds one.',
  subcommands: {
    list: {
      summary: 'List your queued calls',
      load: async () => (await import('./queue/operation-commands.ts')).list,
    },
    get: {
      summary: 'Show one, with its result',
      load: async () => (await import('./queue/operation-commands.ts')).get,
    },
    abort: {
      summary: 'Abort those that wait or run',
      load: async () => (await import('./queue/abort.ts')).abort,
    },
    dead: {
      summary: 'List those that failed',
      load: async () => (await import('./queue/operation-commands.ts')).dead,
    },
    repeat: {
      summary: 'Queue those that failed again',
      load: async () => (await import('./queue/repeat.ts')).repeat,
    },
  },
}
