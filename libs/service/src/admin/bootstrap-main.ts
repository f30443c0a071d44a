import { configPaths, loadConfig } from '@alkdev/config'
import { bootstrapAdmin } from './bootstrap-admin.ts'
import { postgresTarget } from '../start/postgres-target.ts'
import { failureText } from '../start/run-main.ts'

// For containers, which lack the alkhub command: creates the first admin key and prints it, and nothing else, on standard output.
try {
  const config = await loadConfig({ ...configPaths(), service: 'migrate' })
  const force = process.argv.includes('--force')
  const { key, keyId } = await bootstrapAdmin(postgresTarget(config.postgres), { force })
  process.stderr.write(`Made an admin key (${keyId}). It is shown this once:\n`)
  process.stdout.write(`${key}\n`)
} catch (error) {
  process.stderr.write(`${failureText('bootstrap', error)}\n`)
  process.exitCode = 1
}
