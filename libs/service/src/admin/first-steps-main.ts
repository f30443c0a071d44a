import { configPaths, loadConfig } from '@alkdev/config'
import { firstKeyHint } from './bootstrap-admin.ts'
import { firstSteps } from './first-steps.ts'
import { postgresTarget } from '../start/postgres-target.ts'
import { failureText } from '../start/run-main.ts'

// The last container of a compose stack, started once the hub answers: says where it is, and how to get the first key. Argument: the
// address of the hub on the machine.
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
try {
  const [, , url = 'http://127.0.0.1:3000'] = process.argv
  const config = await loadConfig({ ...configPaths(), service: 'migrate' })
  const hint = await firstKeyHint(postgresTarget(config.postgres), { signal: stop.signal })
  process.stdout.write(`${firstSteps(url, hint === undefined)}\n`)
} catch (error) {
  process.stderr.write(`${failureText('first-steps', error)}\n`)
  process.exitCode = 1
}
