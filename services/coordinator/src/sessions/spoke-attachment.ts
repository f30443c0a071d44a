import type { SpokeAttachment } from '@alkdev/bus'
import type { Identity } from '@alkdev/operations'
import type { ServiceRuntime } from '@alkdev/service'

/** The attachment of the spoke that has an operation of its own name now; undefined when none has it, or the principal may not call it. */
export function spokeAttachment(
  { bus }: Pick<ServiceRuntime<'coordinator'>, 'bus'>,
  operationId: string,
  principal: Identity,
): SpokeAttachment | undefined {
  const found = bus.directory.get(operationId, principal)?.providers[0]
  return found && { spokeId: found.spokeId, epoch: found.epoch }
}
