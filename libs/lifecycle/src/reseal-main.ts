import { configPaths, loadConfig } from '@alkdev/config'
import { openDatabase } from '@alkdev/storage'
import { askKeyHolders, requireAllCanOpen } from './key-holders.ts'
import { createLogger } from './logger.ts'
import { postgresTarget } from './postgres-target.ts'
import { resealSecrets } from './reseal-secrets.ts'
import { failureText } from './run-main.ts'

// Where the alkhub command is not, inside a container: the last step of rotating the keys.
try {
  const config = await loadConfig({ ...configPaths(), service: 'gateway' })
  const logger = createLogger({ ...config.logging, name: 'reseal' })
  requireAllCanOpen(await askKeyHolders(config, 'reseal'), config.encryptionKeys.current)
  await using database = await openDatabase(postgresTarget(config.postgres), {
    max: 1,
    applicationName: 'alkhub reseal',
  })
  const { failed, ...result } = await resealSecrets(database.db, config.encryptionKeys)
  for (const one of failed) logger.error(one, 'a client secret could not be opened')
  logger.info({ ...result, current: config.encryptionKeys.current }, 'resealed')
  if (result.left > 0) process.exitCode = 1
} catch (error) {
  process.stderr.write(`${failureText('reseal', error)}\n`)
  process.exitCode = 1
}
