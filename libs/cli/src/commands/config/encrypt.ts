import { encryptValue } from '@alkdev/config'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { needSecret } from '../../input/secret-input.ts'
import { configFlags, needMasterKey } from '../../operator/config-target.ts'
import { settingSchema, valueOf } from '../../operator/setting-schema.ts'

export const encrypt: Command = {
  usage: 'SETTING [options]',
  summary:
    'Encrypts a value and prints what to paste at that setting of a config file; it opens there and nowhere else.',
  flags: {
    ...configFlags,
    'value-file': {
      type: 'string',
      value: 'FILE',
      summary: 'File that holds the value; `-` reads standard input (default: ask).',
    },
  },
  maxPositionals: 1,
  async run(args, io) {
    const setting = positional(
      args,
      0,
      'For which setting?',
      'Name it: `alkhub config encrypt postgres.url`.',
    )
    const masterKeyPath = await needMasterKey(args, io)
    const text = await needSecret(io, {
      what: setting,
      flag: 'value-file',
      file: args.text('value-file'),
    })
    const value = valueOf(settingSchema(setting), text)
    const sealed = await encryptValue({ masterKeyPath, setting, value })
    io.stdout.write(`${JSON.stringify(sealed)}\n`)
    return 0
  },
}
