import type { CommandGroup } from '../command.ts'

export const audit: CommandGroup = {
  summary: 'The audit log: who did what, on what, from where, with which result.',
  subcommands: {
    list: {
      summary: 'Read it',
      load: async () => (await import('./audit/operation-commands.ts')).list,
    },
  },
}
