import type { CommandGroup } from '../command.ts'

export const config: CommandGroup = {
  summary:
    'Config files, one per service, whose secrets are encrypted under a master key. Every setting: docs/reference/config.md.',
  subcommands: {
    init: {
      summary: 'Create keys, passwords and a config per service, once',
      load: async () => (await import('./config/init.ts')).init,
    },
    get: { summary: 'Show a setting', load: async () => (await import('./config/get.ts')).get },
    set: { summary: 'Change a setting', load: async () => (await import('./config/set.ts')).set },
    unset: {
      summary: 'Take a setting out, so that its default counts',
      load: async () => (await import('./config/unset.ts')).unset,
    },
    encrypt: {
      summary: 'Encrypt a value for pasting into a config file',
      load: async () => (await import('./config/encrypt.ts')).encrypt,
    },
    'rotate-master': {
      summary: 'Replace the master key',
      load: async () => (await import('./config/rotate-master.ts')).rotateMasterKey,
    },
  },
}
