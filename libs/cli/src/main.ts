import { installResolveCache } from '@alkdev/service/resolve-cache'

installResolveCache()
const { runCli } = await import('./run-cli.ts')
process.exitCode = await runCli(process.argv.slice(2))
