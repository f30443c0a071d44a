import { installResolveCache } from '@alkdev/service/resolve-cache'

installResolveCache()
const { main } = await import('@alkdev/service')
const { createGateway } = await import('./service.ts')
await main('gateway', createGateway)
