import type { ProxyContext } from '../context.ts'
import { keepSettlingLostCalls } from './settle-lost-calls.ts'

/** Starts what the proxy does beside its requests. */
export function startJobs(context: ProxyContext): void {
  context.runtime.onReady('settling of lost calls', () => void keepSettlingLostCalls(context))
}
