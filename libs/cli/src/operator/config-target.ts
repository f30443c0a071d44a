import { access } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import {
  CONFIG_PATH_VARIABLE,
  configPaths,
  MASTER_KEY_FILE,
  MASTER_KEY_PATH_VARIABLE,
  serviceConfigFile,
} from '@alkdev/config'
import type { ConfigPaths } from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'
import type { FlagSpec, Io, Parsed } from '../command.ts'
import { readStack } from '../stack/lock.ts'
import { stackPaths } from '../stack/paths.ts'

/** Flags of commands that read one config file. */
export const configFlags = {
  config: {
    type: 'string',
    value: 'FILE',
    summary: `The config file (default: what ${CONFIG_PATH_VARIABLE} names, else that of the gateway of the running stack of this clone).`,
  },
  'master-key': {
    type: 'string',
    value: 'FILE',
    summary: `The master key file (default: what ${MASTER_KEY_PATH_VARIABLE} names, else ${MASTER_KEY_FILE} beside the config).`,
  },
} as const satisfies Record<string, FlagSpec>

/** Flags of commands that work on every config file of a deployment. */
export const configDirFlags = {
  dir: {
    type: 'string',
    value: 'FOLDER',
    summary: `The folder with the config files (default: that of ${CONFIG_PATH_VARIABLE}, else that of the running stack of this clone). Compose: secrets; \`alkhub up\`: .alkhub/config.`,
  },
  'master-key': {
    type: 'string',
    value: 'FILE',
    summary: `The master key file (default: ${MASTER_KEY_FILE} in that folder).`,
  },
} as const satisfies Record<string, FlagSpec>

/** The config file and the master key that flags or environment name. Throws OperatorError when no config file is named. */
export async function configTarget(args: Parsed, io: Io): Promise<ConfigPaths> {
  const config = args.text('config')
  const named =
    config === undefined
      ? ((await configOfStack(io)) ?? namedByEnvironment(io))
      : { path: resolve(io.cwd, config) }
  const masterKeyPath = await masterKeyOf(args, io, dirname(named.path))
  return masterKeyPath === undefined ? named : { path: named.path, masterKeyPath }
}

/** The config of the running stack of this clone, unless the environment names another one. */
async function configOfStack(io: Io): Promise<ConfigPaths | undefined> {
  if (io.env[CONFIG_PATH_VARIABLE]) return undefined
  const paths = stackPaths()
  if ((await readStack(paths)) === undefined) return undefined
  return { path: join(paths.config, serviceConfigFile('gateway')) }
}

function namedByEnvironment(io: Io): ConfigPaths {
  try {
    return configPaths({ ...io.env })
  } catch (cause) {
    if (!(cause instanceof OperatorError)) throw cause
    throw new OperatorError(
      'No config file is named.',
      `Name one with --config FILE or ${CONFIG_PATH_VARIABLE}; \`alkhub config init\` makes one.`,
      { cause },
    )
  }
}

/** The master key of `--master-key`, of the environment, or beside the config; undefined when there is none. */
async function masterKeyOf(args: Parsed, io: Io, folder: string): Promise<string | undefined> {
  const named = args.text('master-key') ?? io.env[MASTER_KEY_PATH_VARIABLE]
  if (named !== undefined && named !== '') return resolve(io.cwd, named)
  const beside = join(folder, MASTER_KEY_FILE)
  return (await isThere(beside)) ? beside : undefined
}

/** The master key file that flags or environment name, or that lies beside the config file. Throws OperatorError when there is none. */
export async function needMasterKey(args: Parsed, io: Io): Promise<string> {
  const config = args.text('config') ?? io.env[CONFIG_PATH_VARIABLE]
  const folder = config ? dirname(resolve(io.cwd, config)) : io.cwd
  const path = await masterKeyOf(args, io, folder)
  if (path !== undefined) return path
  throw new OperatorError(
    'No master key file is named.',
    `Name it with --master-key FILE or ${MASTER_KEY_PATH_VARIABLE}; \`alkhub config init\` makes one.`,
  )
}

/** The folder of all config files and its master key. Throws OperatorError when no folder is named. */
export async function configDir(
  args: Parsed,
  io: Io,
): Promise<{ readonly dir: string; readonly masterKeyPath: string }> {
  const config = io.env[CONFIG_PATH_VARIABLE]
  const ofStack = config ? undefined : await configOfStack(io)
  const named = args.text('dir') ?? (config ? dirname(config) : ofStack && dirname(ofStack.path))
  if (named === undefined)
    throw new OperatorError(
      'No folder with config files is named.',
      'Name it with --dir FOLDER (compose: secrets; `alkhub up`: .alkhub/config).',
    )
  const dir = resolve(io.cwd, named)
  const key = args.text('master-key')
  return { dir, masterKeyPath: key ? resolve(io.cwd, key) : join(dir, MASTER_KEY_FILE) }
}

/** True when the file can be found. */
export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
