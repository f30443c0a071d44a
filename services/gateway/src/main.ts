import { main } from '@alkdev/lifecycle'
import { createGateway } from './service.ts'

await main('gateway', createGateway)
