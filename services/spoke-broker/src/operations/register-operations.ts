import { serviceSpec } from '@alkdev/contracts'
import type { OperationRegistry } from '@alkdev/operations'
import type { BrokerContext } from '../context.ts'
import { disconnectSpoke } from './spokes-disconnect.ts'
import { getSpoke } from './spokes-get.ts'
import { listSpokesOf } from './spokes-list.ts'

/** The operations that this service answers. */
export function registerOperations(registry: OperationRegistry, context: BrokerContext): void {
  registry.register({ ...serviceSpec('spokes.list'), handler: listSpokesOf(context) })
  registry.register({ ...serviceSpec('spokes.get'), handler: getSpoke(context) })
  registry.register({ ...serviceSpec('spokes.disconnect'), handler: disconnectSpoke(context) })
}
