import type { ServiceRuntime } from '@alkdev/service'
import { repeatUntil } from '../jobs/repeat-until.ts'
import { reconcileSpokes } from './reconcile-spokes.ts'

/** Compares the spokes with what is stored, each `sessions.inventoryMs` until draining begins. */
export function keepReconciling(runtime: ServiceRuntime<'coordinator'>): Promise<void> {
  const { logger, draining, config } = runtime
  const everyMs = config.sessions.inventoryMs
  const onError = (error: unknown): void =>
    logger.warn({ err: error }, 'worktrees and processes could not be compared with what is stored')
  return repeatUntil({ everyMs, signal: draining, onError }, () => reconcileSpokes(runtime))
}
