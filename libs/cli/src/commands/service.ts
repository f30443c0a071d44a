import type { CommandGroup } from '../command.ts'

export const service: CommandGroup = {
  summary:
    'The local stack as a service of systemd, which starts it with the machine or with the log-in of this user and restarts it.',
  subcommands: {
    install: {
      summary: 'Write the unit, enable it and start it',
      load: async () => (await import('./service/install.ts')).install,
    },
    uninstall: {
      summary: 'Stop it and remove the unit',
      load: async () => (await import('./service/uninstall.ts')).uninstall,
    },
    status: {
      summary: 'Whether it is installed and runs',
      load: async () => (await import('./service/status.ts')).status,
    },
  },
}
