import { CLOSE_CODES, REPLACED_REASONS } from '@alkdev/contracts'
import type { BrokerContext } from '../context.ts'
import type { AttachedSpoke } from './attached-spoke.ts'

const HAND_OVER_MS = 30_000
/** How long a socket that hands over stays open at least: the spoke learns later than this broker that it is attached elsewhere, and calls until then. */
const CROSSING_MS = 1000

/**
 * - `moved`: it attached again with its token. A socket that was asked to move answers its calls, for at most 30 s, and is closed with
 *  1001; any other socket is dead, and its end was not noticed.
 * - `taken-over`: another process attached under its name.
 * - `disconnected-by-operator`: an operator disconnected it, or it was deleted.
 * - `drained`: an operator disconnected it, and its calls in flight may end first.
 */
export type ReplacementKind = 'moved' | 'taken-over' | 'disconnected-by-operator' | 'drained'

/**
 * A newer attachment of the spoke, or none, replaces this one: it gets no new calls, and its socket ends. `withinMs`: milliseconds that calls in
 * flight have to end, of one that hands over or is drained.
 */
export function replaceAttachment(
  context: BrokerContext,
  spoke: AttachedSpoke,
  how: ReplacementKind,
  withinMs = HAND_OVER_MS,
): void {
  context.spokes.delete(spoke)
  const { connection, info } = spoke
  const byOperator = how === 'disconnected-by-operator' || how === 'drained'
  const handsOver = !byOperator && connection.askedToMove
  spoke.permanent = how !== 'moved' || handsOver
  const reason = byOperator ? REPLACED_REASONS.DISCONNECTED : REPLACED_REASONS.TAKEN_OVER
  spoke.close(`The spoke ${info.name} is no longer attached here: ${reason}.`)
  if (!handsOver && how !== 'drained') {
    connection.cut(CLOSE_CODES.REPLACED, reason)
    return
  }
  const replacedAt = performance.now()
  context.closeWhenIdle.add(connection, {
    ...(handsOver
      ? { code: CLOSE_CODES.DRAINED, reason: 'handed over' }
      : { code: CLOSE_CODES.REPLACED, reason }),
    withinMs,
    idle: () => connection.idle && (!handsOver || performance.now() - replacedAt >= CROSSING_MS),
  })
}
