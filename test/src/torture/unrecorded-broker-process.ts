// A spoke-broker that records no call.
import { installResolveCache } from '@alkdev/service/resolve-cache'
import { NO_RECORDER } from './no-recorder.ts'

installResolveCache()
const { main } = await import('@alkdev/service')
const { createSpokeBroker } = await import('@alkdev/spoke-broker')
await main('spoke-broker', (config, signal, overrides) =>
  createSpokeBroker(config, signal, { ...overrides, recorder: NO_RECORDER }),
)
