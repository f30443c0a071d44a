import type { Spoke, SpokesListInput } from '@alkdev/contracts'
import type { OperationHandler } from '@alkdev/operations'
import { countRegistrations, listSpokes } from '@alkdev/storage'
import { must } from '@alkdev/std'
import type { BrokerContext } from '../context.ts'
import { spokeView } from './spoke-view.ts'

/** The spokes of the caller's account and of its organizations. */
export function listSpokesOf(
  context: BrokerContext,
): OperationHandler<SpokesListInput, { items: Spoke[]; nextCursor?: string }> {
  const { db } = context.runtime
  return async (input, { identity }) => {
    const caller = must(identity, 'the identity of a guarded operation')
    const page = await listSpokes(db, {
      ...input,
      servedTo: { accountId: caller.id, orgIds: caller.orgIds ?? [] },
    })
    const counts = await countRegistrations(
      db,
      page.items.map((row) => row.id),
    )
    const items = page.items.map((row) => spokeView(row, counts.get(row.id) ?? 0))
    return { items, ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }) }
  }
}
