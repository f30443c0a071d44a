import type { BrokerContext } from '../context.ts'

/**
 * Tells the other instances of a committed change. Never rejects: what is committed has happened, and who does not hear of it reads
 * the list when Redis is back, or with the next call that finds nobody.
 */
export async function announce({ runtime }: BrokerContext, change: number): Promise<void> {
  try {
    await runtime.bus.announceChange(change)
  } catch (error) {
    runtime.logger.warn({ err: error, change }, 'a change of the registry was not announced')
  }
}
