import { getValue } from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { configFlags, configTarget } from '../../operator/config-target.ts'

export const get: Command = {
  usage: 'SETTING [options]',
  summary:
    'Prints what a config file says at a setting (`http.ports.gateway`), opened. A secret reads [secret].\nWhat the file does not say has the default of docs/reference/config.md.',
  flags: {
    ...configFlags,
    reveal: { type: 'boolean', summary: 'Print secrets in clear.' },
  },
  most: 1,
  async run(args, io) {
    const setting = positional(args, 0, 'Which setting?', 'Name it: `alkhub config get http.host`.')
    const target = await configTarget(args, io)
    const value = await getValue({ ...target, setting, reveal: args.flag('reveal') })
    if (value === undefined)
      throw new OperatorError(
        `${target.path} does not say ${setting}.`,
        'Its default is in docs/reference/config.md.',
      )
    const plain = typeof value === 'string' && !args.flag('json')
    io.stdout.write(`${plain ? value : JSON.stringify(value, null, args.flag('json') ? 0 : 2)}\n`)
    return 0
  },
}
