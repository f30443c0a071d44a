import { ServiceRegistry } from '@alkdev/service'
import type { ProxyContext } from '../context.ts'
import { inferenceModels } from './inference-models.ts'

/** Serves the operations that the proxy answers. */
export function registerOperations(context: ProxyContext): void {
  const { bus, logger } = context.runtime
  const registry = new ServiceRegistry(logger)
  registry.serve(inferenceModels(context))
  bus.serveService(registry)
}
