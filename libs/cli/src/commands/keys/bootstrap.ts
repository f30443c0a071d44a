import { loadConfig } from '@alkdev/config'
import { bootstrapAdmin, postgresTarget } from '@alkdev/service/admin'
import type { Command } from '../../command.ts'
import { configFlags, configTarget } from '../../operator/config-target.ts'
import { deliverKey, toFlag } from './deliver-key.ts'

export const bootstrap: Command = {
  usage: '[options]',
  summary:
    'Creates the admin account of a new hub and its key with all rights, directly in the database that the config names.\nRefuses while the account has such a key.',
  flags: {
    ...configFlags,
    force: {
      type: 'boolean',
      summary: 'Create another key, for instance because the first one is lost.',
    },
    ...toFlag,
  },
  async run(args, io) {
    const config = await loadConfig({ ...(await configTarget(args, io)), service: 'migrate' })
    await deliverKey(
      args,
      io,
      () =>
        bootstrapAdmin(postgresTarget(config.postgres), {
          force: args.flag('force'),
          signal: io.signal,
        }),
      (made) => `Made an admin key (${made.keyId}).`,
    )
    return 0
  },
}
