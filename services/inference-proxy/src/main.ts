import { installResolveCache } from '@alkdev/service/resolve-cache'

installResolveCache()
const { main } = await import('@alkdev/service')
const { createInferenceProxy } = await import('./service.ts')
await main('inference-proxy', createInferenceProxy)
