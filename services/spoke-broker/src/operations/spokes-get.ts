import type { SpokeDetails, SpokeName } from '@alkdev/contracts'
import type { OperationHandler } from '@alkdev/operations'
import { listRegistrations } from '@alkdev/storage'
import type { BrokerContext } from '../context.ts'
import { findSpoke } from './find-spoke.ts'
import { spokeView } from './spoke-view.ts'

/** A spoke with what it offers. */
export function getSpoke(context: BrokerContext): OperationHandler<SpokeName, SpokeDetails> {
  const { db } = context.runtime
  return async ({ name }, { identity }) => {
    const row = await findSpoke(db, name, identity)
    const operations = await listRegistrations(db, row.id)
    return { ...spokeView(row, operations.length), operations }
  }
}
