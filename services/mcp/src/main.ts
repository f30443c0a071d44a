import { resolveQuickly } from '@alkdev/lifecycle/resolve-quickly'

resolveQuickly()
const { main } = await import('@alkdev/lifecycle')
const { createMcpService } = await import('./service.ts')
await main('mcp', createMcpService)
