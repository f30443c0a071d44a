import { resolveQuickly } from '@alkdev/lifecycle/resolve-quickly'

resolveQuickly()
const { main } = await import('@alkdev/lifecycle')
const { createInferenceProxy } = await import('./service.ts')
await main('inference-proxy', createInferenceProxy)
