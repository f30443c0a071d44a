import { configPaths, loadConfig } from '@alkdev/config'
import { migrate } from '@alkdev/storage'
import { firstKeyHint } from './bootstrap-admin.ts'
import { createLogger } from '../telemetry/logger.ts'
import { postgresTarget } from '../start/postgres-target.ts'
import { failureText } from '../start/run-main.ts'

// The one-shot `migrate` container: brings the database to the schema of this version.
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
try {
  const config = await loadConfig({ ...configPaths(), service: 'migrate' })
  const logger = createLogger({ ...config.logging, name: 'migrate' })
  const target = postgresTarget(config.postgres)
  await migrate(target, {
    signal: stop.signal,
    // Nested in a member: a top-level `level` would be read as the log level of the line.
    onProgress: (progress) => logger.info({ migration: progress }, 'migrate'),
  })
  // Only the first start prints this last line.
  const hint = await firstKeyHint(target, { signal: stop.signal })
  if (hint !== undefined) logger.info(hint)
} catch (error) {
  process.stderr.write(`${failureText('migrate', error)}\n`)
  process.exitCode = 1
}
