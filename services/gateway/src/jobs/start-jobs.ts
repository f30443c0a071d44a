import type { GatewayContext } from '../context.ts'
import { keepPruningIdempotencyKeys } from './prune-idempotency-keys.ts'

/** Starts what the gateway does beside its requests. */
export function startJobs(context: GatewayContext): void {
  context.runtime.onReady('pruning of idempotency keys', () => {
    void keepPruningIdempotencyKeys(context)
  })
}
