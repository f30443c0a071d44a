// A gateway that records no call.
import { installResolveCache } from '@alkdev/service/resolve-cache'
import { NO_RECORDER } from './no-recorder.ts'

installResolveCache()
const { main } = await import('@alkdev/service')
const { createGateway } = await import('@alkdev/gateway')
await main('gateway', (config, signal, overrides) =>
  createGateway(config, signal, { ...overrides, recorder: NO_RECORDER }),
)
