import { serviceSpec } from '@alkdev/contracts'
import type { SpokeDetails, SpokeName } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { listRegistrations } from '@alkdev/storage'
import type { BrokerContext } from '../../context.ts'
import { findSpoke } from './find-spoke.ts'
import { readLoads } from './read-loads.ts'
import { spokeView } from './spoke-view.ts'

/** `spokes.get`: a spoke with the operations that it offers, and what it does now. */
export function spokesGet(broker: BrokerContext): IOperationDefinition {
  const { db } = broker.runtime
  return {
    ...serviceSpec('spokes.get'),
    async handler({ name }: SpokeName, context: OperationContext): Promise<SpokeDetails> {
      const row = await findSpoke(db, name, callerOf(context))
      const [operations, loads] = await Promise.all([
        listRegistrations(db, row.id),
        readLoads(broker, [row]),
      ])
      const load = loads.get(row.id)
      return { ...spokeView(row, operations.length), operations, ...compact({ load }) }
    },
  }
}
