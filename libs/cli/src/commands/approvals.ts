import type { CommandGroup } from '../command.ts'

export const approvals: CommandGroup = {
  summary: 'Questions that must be answered before work continues.',
  subcommands: {
    list: {
      summary: 'List those that you may see',
      load: async () => (await import('./approvals/operation-commands.ts')).list,
    },
    get: {
      summary: 'Show one',
      load: async () => (await import('./approvals/operation-commands.ts')).get,
    },
    answer: {
      summary: 'Allow or deny',
      load: async () => (await import('./approvals/operation-commands.ts')).answer,
    },
  },
}
