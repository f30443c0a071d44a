// A spoke-broker that records no call: the other side of a bench of what recording costs.
import { installResolveCache } from '@alkdev/service/resolve-cache'

installResolveCache()
const { main } = await import('@alkdev/service')
const { createSpokeBroker } = await import('@alkdev/spoke-broker')
const recorder = {
  record: () => Promise.resolve(),
  flush: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  held: 0,
  counters: { written: 0, payloadsDropped: 0, rowsDropped: 0, failedBatches: 0 },
}
await main('spoke-broker', (config, signal, overrides) =>
  createSpokeBroker(config, signal, { ...overrides, recorder }),
)
