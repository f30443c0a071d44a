import { auditDenials, ServiceRegistry } from '@alkdev/service'
import type { McpContext } from '../context.ts'
import { provideOutsideCalls } from '../outside/provide-calls.ts'
import { clientsAccept } from './clients/accept.ts'
import { clientsRefresh } from './clients/refresh.ts'
import { clientsStatus } from './clients/status.ts'
import { clientsTest } from './clients/test.ts'

/** Registers the operations of the service, and the provider for calls to outside services. */
export function registerOperations(context: McpContext): void {
  const { bus, db, logger } = context.runtime
  const registry = new ServiceRegistry(logger)
  registry.serve(clientsStatus(context))
  for (const define of [clientsAccept, clientsRefresh, clientsTest])
    registry.serve(auditDenials(define(context), db, logger))
  bus.serveService(registry)
  bus.serveSpokes(
    provideOutsideCalls((clientId) => context.outside.find(clientId), context.runtime.tracer),
  )
}
