import type { CommandGroup } from '../command.ts'

export const workflows: CommandGroup = {
  summary: 'Calls in a fixed order, with conditions, lists and waits, that survive every process.',
  subcommands: {
    create: {
      summary: 'Store a workflow, or a new version of it',
      load: async () => (await import('./workflows/create.ts')).create,
    },
    validate: {
      summary: 'Check a template',
      load: async () => (await import('./workflows/create.ts')).validate,
    },
    run: { summary: 'Start a run', load: async () => (await import('./workflows/run.ts')).run },
    get: {
      summary: 'Show a workflow or a run',
      load: async () => (await import('./workflows/get.ts')).get,
    },
    list: {
      summary: 'List workflows',
      load: async () => (await import('./workflows/operation-commands.ts')).list,
    },
    runs: {
      summary: 'List runs',
      load: async () => (await import('./workflows/operation-commands.ts')).runs,
    },
    watch: {
      summary: 'Follow a run until it has ended',
      load: async () => (await import('./workflows/watch.ts')).watch,
    },
    signal: {
      summary: 'Send an event to a run',
      load: async () => (await import('./workflows/operation-commands.ts')).signal,
    },
    abort: {
      summary: 'Abort a run',
      load: async () => (await import('./workflows/operation-commands.ts')).abort,
    },
    retry: {
      summary: 'Continue a run from its failed steps',
      load: async () => (await import('./workflows/operation-commands.ts')).retry,
    },
    branch: {
      summary: 'Start a run from a step of another one',
      load: async () => (await import('./workflows/operation-commands.ts')).branch,
    },
  },
}
