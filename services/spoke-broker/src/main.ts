import { installResolveCache } from '@alkdev/service/resolve-cache'

installResolveCache()
const { main } = await import('@alkdev/service')
const { createSpokeBroker } = await import('./service.ts')
await main('spoke-broker', createSpokeBroker)
