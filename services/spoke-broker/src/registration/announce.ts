import type { BrokerContext } from '../context.ts'

/**
 * Announces a committed change to the other instances. Never rejects: the change is committed already, and an instance that misses the announcement
 * reads the list when Redis is back, or with the next call that finds no provider.
 */
export async function announce({ runtime }: BrokerContext, change: number): Promise<void> {
  try {
    await runtime.bus.announceChange(change)
  } catch (error) {
    runtime.logger.warn({ err: error, change }, 'a change of the registry was not announced')
  }
}
