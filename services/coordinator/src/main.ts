import { main } from '@alkdev/lifecycle'
import { createCoordinator } from './service.ts'

await main('coordinator', createCoordinator)
