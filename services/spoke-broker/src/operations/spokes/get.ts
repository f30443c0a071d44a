import { serviceSpec } from '@alkdev/contracts'
import type { SpokeDetails, SpokeName } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { listRegistrations } from '@alkdev/storage'
import type { SpokeView } from '@alkdev/storage'
import type { BrokerContext } from '../../context.ts'
import { findSpoke } from './find-spoke.ts'
import { spokeView } from './spoke-view.ts'

/** `spokes.get`: a spoke with the operations that it offers, and what it does now. */
export function spokesGet(broker: BrokerContext): IOperationDefinition {
  const { db } = broker.runtime
  return {
    ...serviceSpec('spokes.get'),
    async handler({ name }: SpokeName, context: OperationContext): Promise<SpokeDetails> {
      const row = await findSpoke(db, name, callerOf(context))
      const [operations, load] = await Promise.all([
        listRegistrations(db, row.id),
        readLoad(broker, row),
      ])
      return { ...spokeView(row, operations.length), operations, ...compact({ load }) }
    },
  }
}

/** Undefined for a spoke that is not connected, or when the process that holds its socket does not reply within a second. */
async function readLoad(
  { runtime: { bus }, spokes }: BrokerContext,
  { id, status, epoch }: SpokeView,
): Promise<SpokeDetails['load']> {
  if (status !== 'connected') return undefined
  const here = spokes.get(id)
  if (here?.info.epoch === epoch) return here.load
  return bus.loadOfSpoke(id).catch(() => undefined)
}
