import { main } from '@alkdev/lifecycle'
import { createSpokeBroker } from './service.ts'

await main('spoke-broker', createSpokeBroker)
