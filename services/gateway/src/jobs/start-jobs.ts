import type { GatewayContext } from '../context.ts'
import { keepPruningIdempotencyKeys } from './prune-idempotency-keys.ts'

/** Starts the background jobs of the gateway. */
export function startJobs(context: GatewayContext): void {
  context.runtime.onReady('pruning of idempotency keys', () => {
    void keepPruningIdempotencyKeys(context)
  })
}
