import { main } from '@alkdev/lifecycle'
import { createInferenceProxy } from './service.ts'

await main('inference-proxy', createInferenceProxy)
