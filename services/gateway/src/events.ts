import type { ServiceRuntime } from '@alkdev/service'

/** Log lines and counters of the gateway for its operator. Never throws. */
export interface GatewayEvents {
  /** The blocking read of the event stream failed; it is retried. */
  feedFailed(error: unknown): void
  relayedSocketFailed(error: Error): void
  keysPruned(deleted: number): void
  keysNotPruned(error: unknown): void
  consoleKeysNotEnded(error: unknown): void
  healthNotWatched(error: unknown): void
}

export function createEvents({ logger }: ServiceRuntime<'gateway'>): GatewayEvents {
  return {
    feedFailed: (error) => logger.debug({ err: error }, 'the event stream could not be read'),
    relayedSocketFailed: (error) => logger.debug({ err: error }, 'a relayed socket failed'),
    keysPruned: (deleted) => {
      if (deleted > 0) logger.debug({ deleted }, 'idempotency keys pruned')
    },
    keysNotPruned: (error) => logger.warn({ err: error }, 'idempotency keys could not be pruned'),
    consoleKeysNotEnded: (error) =>
      logger.warn({ err: error }, 'the keys of log-ins that are over could not be revoked'),
    healthNotWatched: (error) =>
      logger.warn({ err: error }, 'failed checks of the hub could not be stored'),
  }
}
