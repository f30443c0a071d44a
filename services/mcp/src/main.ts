import { installResolveCache } from '@alkdev/service/resolve-cache'

installResolveCache()
const { main } = await import('@alkdev/service')
const { createMcpService } = await import('./service.ts')
await main('mcp', createMcpService)
