import { unsetValue } from '@alkdev/config'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { print } from '../../hub/print.ts'
import { configFlags, configTarget } from '../../operator/config-target.ts'
import { settingSchema } from '../../operator/setting-schema.ts'

export const unset: Command = {
  usage: 'SETTING [options]',
  summary:
    'Takes a setting out of a config file, so that its default counts, after checking its section. One that the file does not contain stays so: exit code 0.\nServices read it when they start.',
  flags: configFlags,
  maxPositionals: 1,
  async run(args, io) {
    const setting = positional(
      args,
      0,
      'Which setting?',
      'Name it: `alkhub config unset logging.level`.',
    )
    const target = await configTarget(args, io)
    const wasSet = await unsetValue({ ...target, setting })
    if (!wasSet && settingSchema(setting) === undefined)
      throw new UsageError(
        `There is no setting \`${setting}\`.`,
        'All settings are in docs/reference/config.md.',
      )
    const { path } = target
    print(io, args.flag('json'), { path, setting, wasSet }, () =>
      wasSet
        ? `Took ${setting} out of ${path}.\nA service that runs reads it when it is started again.`
        : `${path} does not contain ${setting}.`,
    )
    return 0
  },
}
