import { setValue } from '@alkdev/config'
import { UsageError } from '../../failure.ts'
import { positional } from '../../command.ts'
import type { Command, Io, Parsed } from '../../command.ts'
import { print } from '../../hub/print.ts'
import { refuseSecretUrl } from '../../input/refuse-secret.ts'
import { needSecret } from '../../input/secret-input.ts'
import { configFlags, configTarget } from '../../operator/config-target.ts'
import { saysSecret, settingSchema, valueOf } from '../../operator/setting-schema.ts'

const fix =
  'Leave it out to be asked for it, or give it with --value-file FILE (`-` reads standard input).'

export const set: Command = {
  usage: 'SETTING [VALUE] [options]',
  summary:
    'Changes a setting of a config file, after checking its section. What is secret is encrypted, and never taken as an argument.\nServices read it when they start.',
  flags: {
    ...configFlags,
    'value-file': {
      type: 'string',
      value: 'FILE',
      summary: 'File that holds the value; `-` reads standard input.',
    },
    encrypt: { type: 'boolean', summary: 'Encrypt it although it is not secret by itself.' },
  },
  maxPositionals: 2,
  async run(args, io) {
    const setting = positional(
      args,
      0,
      'Which setting?',
      'Name it: `alkhub config set logging.level debug`.',
    )
    const target = await configTarget(args, io)
    const value = await newValue(setting, args, io)
    await setValue({ ...target, setting, value, encrypt: args.flag('encrypt') })
    print(
      io,
      args.flag('json'),
      { path: target.path, setting },
      () =>
        `Set ${setting} in ${target.path}.\nA service that runs reads it when it is started again.`,
    )
    return 0
  },
}

/** Reads the value from the argument if it is not secret, else from a file, standard input or the terminal. */
export async function newValue(setting: string, args: Parsed, io: Io): Promise<unknown> {
  const schema = settingSchema(setting)
  const argument = args.positionals[1]
  const file = args.text('value-file')
  if (argument === undefined)
    return valueOf(schema, await needSecret(io, { what: setting, flag: 'value-file', file }))
  if (file !== undefined)
    throw new UsageError('The value was given twice.', 'Leave the argument or --value-file out.')
  refuseSecretUrl(argument, fix)
  const value = valueOf(schema, argument)
  if (saysSecret(schema, value))
    throw new UsageError(
      `${setting} is secret, and an argument is visible to every user of this machine.`,
      fix,
    )
  return value
}
