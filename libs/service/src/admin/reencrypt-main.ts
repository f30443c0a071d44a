import { configPaths, loadConfig } from '@alkdev/config'
import { openDatabase } from '@alkdev/storage'
import { askKeyHolders, requireAllCanOpen } from './key-holders.ts'
import { createLogger } from '../telemetry/logger.ts'
import { postgresTarget } from '../start/postgres-target.ts'
import { reencryptSecrets } from './reencrypt-secrets.ts'
import { failureText } from '../start/run-main.ts'

// For containers, which lack the alkhub command: the last step of a key rotation.
try {
  const config = await loadConfig({ ...configPaths(), service: 'gateway' })
  const logger = createLogger({ ...config.logging, name: 'reencrypt' })
  requireAllCanOpen(await askKeyHolders(config, 'reencrypt'), config.encryptionKeys.current)
  await using database = await openDatabase(postgresTarget(config.postgres), {
    max: 1,
    applicationName: 'alkhub reencrypt',
  })
  const { failed, ...result } = await reencryptSecrets(database.db, config.encryptionKeys)
  for (const one of failed) logger.error(one, 'a client secret could not be opened')
  logger.info({ ...result, current: config.encryptionKeys.current }, 'client secrets re-encrypted')
  if (result.left > 0) process.exitCode = 1
} catch (error) {
  process.stderr.write(`${failureText('reencrypt', error)}\n`)
  process.exitCode = 1
}
