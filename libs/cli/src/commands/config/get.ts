import { getValue } from '@alkdev/config'
import { positional } from '../../command.ts'
import type { Command, Io, Parsed } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { print } from '../../hub/print.ts'
import { configFlags, configTarget } from '../../operator/config-target.ts'
import { settingSchema } from '../../operator/setting-schema.ts'

export const get: Command = {
  usage: 'SETTING [options]',
  summary:
    'Prints what a config file says at a setting (`http.ports.gateway`), opened. A secret reads [secret].\nA setting that the file does not contain is shown with its default.',
  flags: {
    ...configFlags,
    reveal: { type: 'boolean', summary: 'Print secrets in clear.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const setting = positional(args, 0, 'Which setting?', 'Name it: `alkhub config get http.host`.')
    const target = await configTarget(args, io)
    const value = await getValue({ ...target, setting, reveal: args.flag('reveal') })
    if (value === undefined) return printDefault(setting, args, io)
    const plain = typeof value === 'string' && !args.flag('json')
    io.stdout.write(`${plain ? value : JSON.stringify(value, null, args.flag('json') ? 0 : 2)}\n`)
    return 0
  },
}

/** The default of a setting that the file does not contain. Throws UsageError for a setting that does not exist. */
function printDefault(setting: string, args: Parsed, io: Io): number {
  const schema = settingSchema(setting)
  if (schema === undefined)
    throw new UsageError(
      `There is no setting \`${setting}\`.`,
      'All settings are in docs/reference/config.md.',
    )
  const value: unknown = schema['default'] ?? null
  print(io, args.flag('json'), value, () => {
    if (value === null) return '(not set, and it has no default)'
    return `${typeof value === 'string' ? value : JSON.stringify(value)} (default)`
  })
  return 0
}
