import { existsSync } from 'node:fs'
import { OperatorError } from '@alkdev/errors'

export const CONFIG_PATH_VARIABLE = 'ALKHUB_CONFIG_PATH'
export const MASTER_KEY_PATH_VARIABLE = 'ALKHUB_MASTER_KEY_PATH'
/** Where Docker mounts the secret. */
export const DEFAULT_MASTER_KEY_PATH = '/run/secrets/hub_master_key'

export interface ConfigPaths {
  readonly path: string
  readonly masterKeyPath?: string
}

/**
 * Where the config file and the master key lie. The only place that reads the environment, and it reads these two paths only: the
 * environment of a process can be read by others, so nothing secret may be in it. Throws OperatorError without ALKHUB_CONFIG_PATH.
 */
// oxlint-disable-next-line node/no-process-env
export function configPaths(environment: NodeJS.ProcessEnv = process.env): ConfigPaths {
  const path = environment[CONFIG_PATH_VARIABLE]
  if (!path)
    throw new OperatorError(
      `${CONFIG_PATH_VARIABLE} is not set.`,
      `Set ${CONFIG_PATH_VARIABLE} to the path of the service's config file; \`alkhub config init\` makes one.`,
    )
  const named = environment[MASTER_KEY_PATH_VARIABLE]
  if (named) return { path, masterKeyPath: named }
  return existsSync(DEFAULT_MASTER_KEY_PATH)
    ? { path, masterKeyPath: DEFAULT_MASTER_KEY_PATH }
    : { path }
}
