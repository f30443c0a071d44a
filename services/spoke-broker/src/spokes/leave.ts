import { CLOSE_CODES } from '@alkdev/contracts'
import { setSpokeStatus } from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import type { AttachedSpoke } from './attached-spoke.ts'

/** Closes after which the spoke is not expected back. */
const final = new Set<number>([CLOSE_CODES.DONE, CLOSE_CODES.KEY_NO_LONGER_VALID])

/**
 * The socket of a spoke has ended. Its callers are told at once, before anything is written; then the registry: suspended, so
 * that it may come back, or disconnected after a farewell. Nothing is written when a newer socket has taken its place.
 */
export function leave(
  context: BrokerContext,
  spoke: AttachedSpoke,
  code: number,
  reason: string,
): void {
  const { facts } = spoke
  const newest = context.spokes.get(facts.spokeId) === spoke
  context.spokes.delete(spoke)
  const why = `its socket ended (${code}${reason === '' ? '' : ` ${reason}`})`
  if (final.has(code) || !newest) spoke.loseAll(`The spoke ${facts.name} is gone: ${why}.`)
  else
    context.orphans.keep(
      facts.spokeId,
      spoke.socketLost(`The spoke ${facts.name} is gone: ${why}.`),
    )
  if (newest) void record(context, spoke, final.has(code), why)
}

async function record(
  context: BrokerContext,
  spoke: AttachedSpoke,
  forGood: boolean,
  why: string,
): Promise<void> {
  const { bus, db, logger } = context.runtime
  const { spokeId, epoch } = spoke.facts
  try {
    const status = forGood ? 'disconnected' : 'suspended'
    const change = await setSpokeStatus(db, { spokeId, epoch, status })
    if (change === undefined) return
    await bus.announceChange(change)
    if (forGood) context.events.detached(spoke.facts, why)
    else context.events.suspended(spoke.facts, why)
  } catch (error) {
    // The sweep of suspended and orphaned spokes puts it right when Postgres is back.
    logger.error(
      { err: error, spoke: spoke.facts.name },
      'the end of a spoke could not be recorded',
    )
  }
}
