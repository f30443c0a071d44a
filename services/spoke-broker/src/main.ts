import { resolveQuickly } from '@alkdev/lifecycle/resolve-quickly'

resolveQuickly()
const { main } = await import('@alkdev/lifecycle')
const { createSpokeBroker } = await import('./service.ts')
await main('spoke-broker', createSpokeBroker)
