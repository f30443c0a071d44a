import { installResolveCache } from '@alkdev/service/resolve-cache'

installResolveCache()
const { main } = await import('@alkdev/service')
const { createCoordinator } = await import('./service.ts')
await main('coordinator', createCoordinator)
