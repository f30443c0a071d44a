import { CLOSE_CODES, REPLACED_REASONS } from '@alkdev/contracts'
import type { BrokerContext } from '../context.ts'
import type { AttachedSpoke } from './attached-spoke.ts'

const HAND_OVER_MS = 30_000

/**
 * - `moved`: it attached again with its token. A socket that was asked to move answers its calls, for at most 30 s, and is closed with
 *  1001; any other socket is dead, and its end was not noticed.
 * - `taken-over`: another process attached under its name.
 * - `disconnected-by-operator`: an operator disconnected it, or it was deleted.
 */
export type ReplacementKind = 'moved' | 'taken-over' | 'disconnected-by-operator'

/** A newer attachment of the spoke replaces this one: it gets no new calls, and its socket ends. */
export function replaceAttachment(
  context: BrokerContext,
  spoke: AttachedSpoke,
  how: ReplacementKind,
): void {
  context.spokes.delete(spoke)
  const { connection, info } = spoke
  const handsOver = how !== 'disconnected-by-operator' && connection.askedToMove
  spoke.permanent = how !== 'moved' || handsOver
  const reason =
    how === 'disconnected-by-operator' ? REPLACED_REASONS.DISCONNECTED : REPLACED_REASONS.TAKEN_OVER
  spoke.close(`The spoke ${info.name} is no longer attached here: ${reason}.`)
  if (!handsOver) {
    connection.cut(CLOSE_CODES.REPLACED, reason)
    return
  }
  context.closeWhenIdle.add(connection, {
    code: CLOSE_CODES.DRAINED,
    reason: 'handed over',
    withinMs: HAND_OVER_MS,
    idle: () => connection.idle,
  })
}
