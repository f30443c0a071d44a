import { resolveQuickly } from '@alkdev/lifecycle/resolve-quickly'

resolveQuickly()
const { main } = await import('@alkdev/lifecycle')
const { createGateway } = await import('./service.ts')
await main('gateway', createGateway)
