import type { CommandGroup } from '../command.ts'

export const coord: CommandGroup = {
  summary:
    'Trees of sessions: a lead spawns sessions, sees what they do, answers them and stops them.',
  subcommands: {
    run: {
      summary: 'Work on a folder of tasks until all are done',
      load: async () => (await import('./coord/run.ts')).run,
    },
    merge: {
      summary: 'Merge the branch of a session into another one',
      load: async () => (await import('./coord/merge.ts')).merge,
    },
    merges: {
      summary: 'List merges',
      load: async () => (await import('./coord/merge.ts')).merges,
    },
    spawn: {
      summary: 'Make a session below another one, with its task and worktree',
      load: async () => (await import('./coord/spawn.ts')).spawn,
    },
    status: {
      summary: 'Show a tree, or all of them',
      load: async () => (await import('./coord/status.ts')).status,
    },
    message: {
      summary: 'Send a message to a session',
      load: async () => (await import('./coord/operation-commands.ts')).message,
    },
    await: {
      summary: 'Wait until sessions have ended',
      load: async () => (await import('./coord/operation-commands.ts')).awaitSessions,
    },
    abort: {
      summary: 'End a session and all below it',
      load: async () => (await import('./coord/operation-commands.ts')).abort,
    },
  },
}
