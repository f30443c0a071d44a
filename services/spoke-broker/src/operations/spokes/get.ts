import { serviceSpec } from '@alkdev/contracts'
import type { SpokeDetails, SpokeName } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listRegistrations } from '@alkdev/storage'
import type { BrokerContext } from '../../context.ts'
import { findSpoke } from './find-spoke.ts'
import { spokeView } from './spoke-view.ts'

/** `spokes.get`: a spoke with the operations that it offers. */
export function spokesGet({ runtime: { db } }: BrokerContext): IOperationDefinition {
  return {
    ...serviceSpec('spokes.get'),
    async handler({ name }: SpokeName, context: OperationContext): Promise<SpokeDetails> {
      const row = await findSpoke(db, name, callerOf(context))
      const operations = await listRegistrations(db, row.id)
      return { ...spokeView(row, operations.length), operations }
    },
  }
}
