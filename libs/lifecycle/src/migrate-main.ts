import { configPaths, loadConfig } from '@alkdev/config'
import { migrate } from '@alkdev/storage'
import { createLogger } from './logger.ts'
import { postgresTarget } from './postgres-target.ts'
import { failureText } from './run-main.ts'

// The one-shot `migrate` container: brings the database to the schema of this version.
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
try {
  const config = await loadConfig({ ...configPaths(), service: 'migrate' })
  const logger = createLogger({ ...config.logging, name: 'migrate' })
  await migrate(postgresTarget(config.postgres), {
    signal: stop.signal,
    // Inside a member of its own: `level` beside the logger's would be read as that of the line.
    onProgress: (progress) => logger.info({ migration: progress }, 'migrate'),
  })
} catch (error) {
  process.stderr.write(`${failureText('migrate', error)}\n`)
  process.exitCode = 1
}
