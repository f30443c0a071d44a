import { auditDenials, ServiceRegistry } from '@alkdev/service'
import type { BrokerContext } from '../context.ts'
import { spokesDelete } from './spokes/delete.ts'
import { spokesDisconnect } from './spokes/disconnect.ts'
import { spokesDrain } from './spokes/drain.ts'
import { spokesGet } from './spokes/get.ts'
import { spokesList } from './spokes/list.ts'

const operations = [spokesDisconnect, spokesDrain, spokesGet, spokesList] as const

/** Registers the operations of the broker, and the provider for calls to its attached spokes. */
export function registerOperations(context: BrokerContext): void {
  const { bus, db, logger } = context.runtime
  const registry = new ServiceRegistry(logger)
  registry.serveAll(operations.map((define) => define(context)))
  registry.serve(auditDenials(spokesDelete(context), db, logger))
  bus.serveService(registry)
  bus.serveSpokes(context.spokes.provider, context.spokes.loadOf)
}
