import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig, MASTER_KEY_FILE, serviceConfigFile } from '@alkdev/config'
import { formatKeyRing, generateKey, generateKeyRing } from '@alkdev/crypto'
import type { StackPaths } from './paths.ts'

export interface StackSecrets {
  readonly postgresPassword: string
  readonly redisPassword: string
  readonly busKey: string
  readonly encryptionKeys: string
}

/**
 * What an earlier start made, read from its encrypted configuration, or new ones. Only the master key lies open on the disk
 * (mode 0600); the key ring must be the same for as long as the database is.
 */
export async function stackSecrets(paths: StackPaths): Promise<StackSecrets> {
  const path = join(paths.config, serviceConfigFile('gateway'))
  const known = await access(path).then(
    () => true,
    () => false,
  )
  const password = (): string => randomBytes(24).toString('base64url')
  if (!known)
    return {
      postgresPassword: password(),
      redisPassword: password(),
      busKey: generateKey(),
      encryptionKeys: generateKeyRing(),
    }
  const config = await loadConfig({
    path,
    masterKeyPath: join(paths.config, MASTER_KEY_FILE),
    service: 'gateway',
  })
  const passwordOf = (url: string): string =>
    decodeURIComponent(new URL(url).password) || password()
  return {
    postgresPassword: passwordOf(config.postgres.url.reveal()),
    redisPassword: passwordOf(config.redis.url.reveal()),
    busKey: config.bus.key.reveal(),
    encryptionKeys: formatKeyRing(config.encryptionKeys),
  }
}
