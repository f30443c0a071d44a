import { once } from 'node:events'
import { dirname } from 'node:path'
import { configPaths, loadConfig } from '@alkdev/config'
import { backupDatabase, writeFrames } from '@alkdev/storage/backup'
import { postgresTarget } from '../start/postgres-target.ts'
import { failureText } from '../start/run-main.ts'
import { filesIn, withFiles } from './stack-files.ts'

// For containers, which lack the alkhub command: writes the database to standard output; with --files also the files beside the config, which are the secrets of the
// stack when they are in a volume.
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
process.stdout.on('error', (error: Error) => stop.abort(error))
try {
  const config = await loadConfig({ ...configPaths(), service: 'migrate' })
  const files = process.argv.includes('--files')
    ? await filesIn(dirname(configPaths().path), 'secrets')
    : undefined
  await backupDatabase(
    postgresTarget(config.postgres),
    async (frames) => {
      const all = files === undefined ? frames : withFiles(frames, 'compose', files)
      for await (const bytes of writeFrames(all))
        if (!process.stdout.write(bytes))
          await once(process.stdout, 'drain', { signal: stop.signal })
    },
    { signal: stop.signal },
  )
} catch (error) {
  process.stderr.write(`${failureText('backup', error)}\n`)
  process.exitCode = 1
}
