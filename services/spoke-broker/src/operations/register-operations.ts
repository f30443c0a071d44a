import { serviceSpec } from '@alkdev/contracts'
import type { ServiceRegistry } from '@alkdev/service'
import type { BrokerContext } from '../context.ts'
import { disconnectSpoke } from './spokes-disconnect.ts'
import { getSpoke } from './spokes-get.ts'
import { listSpokesOf } from './spokes-list.ts'

/** The operations that this service answers. */
export function registerOperations(registry: ServiceRegistry, context: BrokerContext): void {
  registry.serve({ ...serviceSpec('spokes.list'), handler: listSpokesOf(context) })
  registry.serve({ ...serviceSpec('spokes.get'), handler: getSpoke(context) })
  registry.serve({ ...serviceSpec('spokes.disconnect'), handler: disconnectSpoke(context) })
}
