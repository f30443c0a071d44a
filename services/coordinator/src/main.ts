import { resolveQuickly } from '@alkdev/lifecycle/resolve-quickly'

resolveQuickly()
const { main } = await import('@alkdev/lifecycle')
const { createCoordinator } = await import('./service.ts')
await main('coordinator', createCoordinator)
