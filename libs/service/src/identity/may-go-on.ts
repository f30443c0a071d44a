import type { Bus } from '@alkdev/bus'
import type { Identity } from '@alkdev/operations'

/**
 * Whether a call that runs may continue with the rights of now: while they show the operation and the spoke that has the call serves them.
 * True also when the operation has disappeared for `before` too (its spoke disconnected): the bus then decides the outcome.
 */
export function mayGoOn(
  bus: Pick<Bus, 'directory' | 'mayContinue'>,
  { callId, operationId }: { readonly callId: string; readonly operationId: string },
  before: Identity,
  now: Identity,
): boolean {
  return bus.directory.get(operationId, now) === undefined
    ? bus.directory.get(operationId, before) === undefined
    : bus.mayContinue(callId, now)
}
