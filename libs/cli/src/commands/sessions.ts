import type { CommandGroup } from '../command.ts'

export const sessions: CommandGroup = {
  summary:
    'Agent sessions: conversations in which a model uses operations, with rights, a workspace and a budget of their own.',
  subcommands: {
    create: {
      summary: 'Make one, with a first prompt or without',
      load: async () => (await import('./sessions/create.ts')).create,
    },
    list: {
      summary: 'List them',
      load: async () => (await import('./sessions/operation-commands.ts')).list,
    },
    get: {
      summary: 'Show one',
      load: async () => (await import('./sessions/operation-commands.ts')).get,
    },
    attach: {
      summary: 'Chat with one on this terminal',
      load: async () => (await import('./sessions/attach.ts')).attach,
    },
    prompt: {
      summary: 'Send a message and show the answer',
      load: async () => (await import('./sessions/prompt.ts')).prompt,
    },
    watch: {
      summary: 'Show what happens in one',
      load: async () => (await import('./sessions/watch.ts')).watch,
    },
    stop: {
      summary: 'Stop the turn of one',
      load: async () => (await import('./sessions/operation-commands.ts')).stop,
    },
    messages: {
      summary: 'List its messages, with the ids for fork and revert',
      load: async () => (await import('./sessions/operation-commands.ts')).messages,
    },
    fork: {
      summary: 'Go on from one of its messages in a new session',
      load: async () => (await import('./sessions/operation-commands.ts')).fork,
    },
    revert: {
      summary: 'Take back a message, what followed, and the changes of files',
      load: async () => (await import('./sessions/operation-commands.ts')).revert,
    },
    unrevert: {
      summary: 'Undo the latest revert',
      load: async () => (await import('./sessions/operation-commands.ts')).unrevert,
    },
    regrant: {
      summary: 'Give it the rights of your key',
      load: async () => (await import('./sessions/operation-commands.ts')).regrant,
    },
    export: {
      summary: 'Write one with its messages to a file',
      load: async () => (await import('./sessions/export.ts')).exportSession,
    },
    import: {
      summary: 'Make one from such a file, or one of opencode',
      load: async () => (await import('./sessions/import.ts')).importSession,
    },
    archive: {
      summary: 'End one permanently; its messages stay',
      load: async () => (await import('./sessions/operation-commands.ts')).archive,
    },
    delete: {
      summary: 'Delete an archived one with its messages',
      load: async () => (await import('./sessions/operation-commands.ts')).remove,
    },
  },
}
