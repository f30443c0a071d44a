import { main } from '@alkdev/lifecycle'
import { createMcpService } from './service.ts'

await main('mcp', createMcpService)
