import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { installResolveCache } from '@alkdev/service/resolve-cache'

// The services of a local stack use the same folder. Where it can't be written, everything is compiled at each start.
enableCompileCache(join(import.meta.dirname, '../../../.alkhub/compile-cache'))
installResolveCache()
const { runCli } = await import('./run-cli.ts')
process.exitCode = await runCli(process.argv.slice(2))
