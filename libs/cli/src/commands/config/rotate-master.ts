import { configFilesIn, rotateMaster } from '@alkdev/config'
import { SecretError } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import type { Command } from '../../command.ts'
import { print } from '../../hub/print.ts'
import { needSecret } from '../../input/secret-input.ts'
import { configDir, configDirFlags } from '../../operator/config-target.ts'

export const rotateMasterKey: Command = {
  usage: '[options]',
  summary:
    'Makes a new master key and seals every encrypted value of the config files with it. Running services continue; restart them afterwards.',
  flags: {
    ...configDirFlags,
    'passphrase-file': {
      type: 'string',
      value: 'FILE',
      summary:
        'Use this passphrase (12 characters or more) instead of a random key; `-` reads standard input.',
    },
  },
  async run(args, io) {
    const { dir, masterKeyPath } = await configDir(args, io)
    const configPaths = await configFilesIn(dir).catch((cause: unknown) => {
      throw new OperatorError(`${dir} can't be read.`, 'Name the folder with --dir.', { cause })
    })
    if (configPaths.length === 0)
      throw new OperatorError(`There is no config file in ${dir}.`, 'Name the folder with --dir.')
    const file = args.text('passphrase-file')
    const passphrase =
      file === undefined
        ? undefined
        : await needSecret(io, { what: 'passphrase', flag: 'passphrase-file', file })
    const result = await rotateMaster({
      masterKeyPath,
      configPaths,
      ...compact({ passphrase }),
    }).catch((cause: unknown) => {
      if (!(cause instanceof SecretError)) throw cause
      throw new OperatorError(`${cause.message}.`, 'Nothing was changed; give another one.', {
        cause,
      })
    })
    print(
      io,
      args.flag('json'),
      { ...result, masterKeyPath },
      () =>
        `Sealed ${result.values} values of ${result.files.length} files with a new key in ${masterKeyPath}.\nKeep a copy of it somewhere safe, and restart the services.`,
    )
    return 0
  },
}
