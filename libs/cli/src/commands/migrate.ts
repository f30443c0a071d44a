import { loadConfig } from '@alkdev/config'
import { postgresTarget } from '@alkdev/service/admin'
import { migrate as applyMigrations } from '@alkdev/storage'
import type { MigrationProgress } from '@alkdev/storage'
import type { Command } from '../command.ts'
import { print } from '../hub/print.ts'
import { configFlags, configTarget } from '../operator/config-target.ts'
import { Progress } from '../progress.ts'

export const migrate: Command = {
  usage: '[options]',
  summary:
    'Brings the database that the config names to the schema of this version, in one transaction. May be run at any time, by several at once; refuses while services run that a migration leaves behind.',
  flags: configFlags,
  async run(args, io) {
    const config = await loadConfig({ ...(await configTarget(args, io)), service: 'migrate' })
    const progress = new Progress(io, { quiet: args.flag('json') })
    const result = await progress.step('Migrations', (say) =>
      applyMigrations(postgresTarget(config.postgres), {
        signal: io.signal,
        onProgress: (step) => say(detailOf(step)),
      }),
    )
    print(io, args.flag('json'), result, () =>
      result.applied.length === 0
        ? `The schema is at level ${result.level} already.`
        : `Applied ${result.applied.join(', ')}. The schema is at level ${result.level}.`,
    )
    return 0
  },
}

function detailOf(progress: MigrationProgress): string {
  if (progress.step === 'waiting') return 'waiting for another migration'
  if (progress.step === 'done') return 'done'
  const applying = `applying ${progress.migrations.length} of them`
  return progress.fullStop === undefined
    ? applying
    : `${applying}; start no service of an older version until it is done`
}
