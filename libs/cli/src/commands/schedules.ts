import type { CommandGroup } from '../command.ts'

export const schedules: CommandGroup = {
  summary: 'Calls at an instant, or again and again.',
  subcommands: {
    list: {
      summary: 'List your schedules with their next time',
      load: async () => (await import('./schedules/operation-commands.ts')).list,
    },
    get: {
      summary: 'Show one with its next times',
      load: async () => (await import('./schedules/operation-commands.ts')).get,
    },
    create: {
      summary: 'Make one',
      load: async () => (await import('./schedules/operation-commands.ts')).create,
    },
    update: {
      summary: 'Change one',
      load: async () => (await import('./schedules/operation-commands.ts')).update,
    },
    firings: {
      summary: 'When it fired, and what became of it',
      load: async () => (await import('./schedules/operation-commands.ts')).firings,
    },
    run: {
      summary: 'Fire it now',
      load: async () => (await import('./schedules/operation-commands.ts')).runNow,
    },
    pause: {
      summary: 'Stop it',
      load: async () => (await import('./schedules/operation-commands.ts')).pause,
    },
    resume: {
      summary: 'Let it fire again',
      load: async () => (await import('./schedules/operation-commands.ts')).resume,
    },
    delete: {
      summary: 'Delete it',
      load: async () => (await import('./schedules/operation-commands.ts')).remove,
    },
  },
}
