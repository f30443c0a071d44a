import { CLOSE_CODES } from '@alkdev/contracts'
import type { BrokerContext } from '../context.ts'
import type { AttachedSpoke } from './attached-spoke.ts'
import { publicMessage } from './public-message.ts'

/** Close codes after which the spoke is not expected back. */
const FINAL = new Set<number>([CLOSE_CODES.DONE, CLOSE_CODES.KEY_NO_LONGER_VALID])

/**
 * The socket of a spoke has ended. Its calls end at once, before anything is written; then the registry is updated: suspended, so
 * that it may return, or disconnected after it unregistered. Nothing is written when a newer attachment has replaced it.
 */
export function onDisconnect(
  context: BrokerContext,
  spoke: AttachedSpoke,
  code: number,
  reason: string,
): void {
  const { spokeId, epoch, name } = spoke.info
  const newest = context.spokes.delete(spoke)
  const said = publicMessage(reason, [], true)
  const why = `its socket ended (${code}${said === '' ? '' : ` ${said}`})`
  const message = `The spoke ${name} has disconnected: ${why}.`
  if (FINAL.has(code)) spoke.permanent = true
  const { suspendedMs } = context.runtime.config.spokes
  spoke.end(message, newest && !FINAL.has(code) ? suspendedMs : undefined)
  context.runtime.bus.spokeLost(spokeId, epoch, message)
  if (newest)
    void context.statusWriter.add(spoke.info, FINAL.has(code) ? 'disconnected' : 'suspended', why)
}
