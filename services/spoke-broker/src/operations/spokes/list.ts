import { serviceSpec } from '@alkdev/contracts'
import type { SpokesListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { countRegistrations, listSpokes } from '@alkdev/storage'
import type { BrokerContext } from '../../context.ts'
import { readLoads } from './read-loads.ts'
import { spokeView } from './spoke-view.ts'

/** `spokes.list`: the spokes of the caller's account and of its organizations. */
export function spokesList(broker: BrokerContext): IOperationDefinition {
  const { db } = broker.runtime
  return {
    ...serviceSpec('spokes.list'),
    async handler({ load = false, ...input }: SpokesListInput, context: OperationContext) {
      const caller = callerOf(context)
      const page = await listSpokes(db, {
        ...input,
        servedTo: { accountId: caller.id, orgIds: caller.orgIds ?? [] },
      })
      const ids = page.items.map((row) => row.id)
      const [counts, loads] = await Promise.all([
        countRegistrations(db, ids),
        readLoads(broker, load ? page.items : []),
      ])
      const items = page.items.map((row) => ({
        ...spokeView(row, counts.get(row.id) ?? 0),
        ...compact({ load: loads.get(row.id) }),
      }))
      return { items, ...compact({ nextCursor: page.nextCursor }) }
    },
  }
}
