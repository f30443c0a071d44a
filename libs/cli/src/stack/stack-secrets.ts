import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { getValue, MASTER_KEY_FILE, serviceConfigFile } from '@alkdev/config'
import type { ConfigService } from '@alkdev/config'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import { isThere } from '../operator/config-target.ts'
import type { StackPaths } from './paths.ts'

export interface StackSecrets {
  readonly postgresPassword: string
  readonly redisPassword: string
  readonly busKey: string
  readonly encryptionKeys: string
}

/** True until a start has written its configuration. */
export async function isFirstStart(paths: StackPaths): Promise<boolean> {
  return !(await isThere(join(paths.config, serviceConfigFile('gateway'))))
}

/**
 * The secrets of an earlier start, read from its encrypted configuration, or new ones. Only the master key is unencrypted on the disk
 * (mode 0600); the key ring must be the same for as long as the database is.
 */
export async function stackSecrets(paths: StackPaths): Promise<StackSecrets> {
  if (await isFirstStart(paths))
    return {
      postgresPassword: newPassword(),
      redisPassword: newPassword(),
      busKey: generateKey(),
      encryptionKeys: generateKeyRing(),
    }
  const read = async (setting: string): Promise<string> =>
    String(await readSetting(paths, 'gateway', setting))
  return {
    postgresPassword: passwordOf(await read('postgres.url')),
    redisPassword: passwordOf(await read('redis.url')),
    busKey: await read('bus.key'),
    encryptionKeys: await read('encryptionKeys'),
  }
}

/** A setting of a service, as an earlier start or `alkhub config set` wrote it; undefined when there is no file, or none in it. */
export async function readSetting(
  paths: StackPaths,
  service: ConfigService,
  setting: string,
): Promise<unknown> {
  const path = join(paths.config, serviceConfigFile(service))
  if (!(await isThere(path))) return undefined
  return getValue({
    path,
    masterKeyPath: join(paths.config, MASTER_KEY_FILE),
    setting,
    reveal: true,
  })
}

function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** The URL of an outside server may have no password: then a new one is created. */
function passwordOf(url: string): string {
  return decodeURIComponent(new URL(url).password) || newPassword()
}
