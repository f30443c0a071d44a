import { configPaths, loadConfig } from '@alkdev/config'
import { readFrames, restoreDatabase } from '@alkdev/storage/backup'
import { postgresTarget } from '../start/postgres-target.ts'
import { failureText } from '../start/run-main.ts'

// For containers, which lack the alkhub command: loads the database from standard input and prints what it did as one line of JSON.
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
try {
  const config = await loadConfig({ ...configPaths(), service: 'migrate' })
  const result = await restoreDatabase(
    postgresTarget(config.postgres),
    readFrames(process.stdin as AsyncIterable<Buffer>),
    { signal: stop.signal, force: process.argv.includes('--force') },
  )
  process.stdout.write(`${JSON.stringify(result)}\n`)
} catch (error) {
  process.stderr.write(`${failureText('restore', error)}\n`)
  process.exitCode = 1
} finally {
  process.stdin.destroy()
}
