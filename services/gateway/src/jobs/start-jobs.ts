import type { GatewayContext } from '../context.ts'
import { keepEndingConsoleKeys } from './end-console-keys.ts'
import { keepWatchingHealth } from './keep-watching-health.ts'
import { keepPruningIdempotencyKeys } from './prune-idempotency-keys.ts'

/** Starts the background jobs of the gateway. */
export function startJobs(context: GatewayContext): void {
  context.runtime.onReady('pruning of idempotency keys', () => {
    void keepPruningIdempotencyKeys(context)
  })
  context.runtime.onReady('ending of console keys', () => {
    void keepEndingConsoleKeys(context)
  })
  context.runtime.onReady('watching of the state', () => {
    void keepWatchingHealth(context)
  })
}
