import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { getValue, MASTER_KEY_FILE, serviceConfigFile } from '@alkdev/config'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import type { StackPaths } from './paths.ts'

export interface StackSecrets {
  readonly postgresPassword: string
  readonly redisPassword: string
  readonly busKey: string
  readonly encryptionKeys: string
}

function configOf(paths: StackPaths): string {
  return join(paths.config, serviceConfigFile('gateway'))
}

/** True until a start got as far as its configuration. */
export async function isFirstStart(paths: StackPaths): Promise<boolean> {
  return access(configOf(paths)).then(
    () => false,
    () => true,
  )
}

/**
 * What an earlier start made, read from its encrypted configuration, or new ones. Only the master key lies open on the disk
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
    String(
      await getValue({
        path: configOf(paths),
        masterKeyPath: join(paths.config, MASTER_KEY_FILE),
        setting,
        reveal: true,
      }),
    )
  return {
    postgresPassword: passwordOf(await read('postgres.url')),
    redisPassword: passwordOf(await read('redis.url')),
    busKey: await read('bus.key'),
    encryptionKeys: await read('encryptionKeys'),
  }
}

function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** The URL of an outside server may have none: then ours gets a new one. */
function passwordOf(url: string): string {
  return decodeURIComponent(new URL(url).password) || newPassword()
}
