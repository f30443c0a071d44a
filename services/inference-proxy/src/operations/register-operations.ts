import { auditDenials, ServiceRegistry } from '@alkdev/service'
import type { ProxyContext } from '../context.ts'
import { budgetsDelete } from './budgets/delete.ts'
import { budgetsGet } from './budgets/get.ts'
import { budgetsList } from './budgets/list.ts'
import { budgetsSet } from './budgets/set.ts'
import { inferenceExplain } from './inference/explain.ts'
import { inferenceModels } from './inference/models.ts'
import { inferenceProviders } from './inference/providers.ts'
import { inferenceTestProvider } from './inference/test-provider.ts'
import { inferenceUsage } from './inference/usage.ts'

/** Serves the operations that the proxy answers. */
export function registerOperations(context: ProxyContext): void {
  const { bus, logger } = context.runtime
  const registry = new ServiceRegistry(logger)
  registry.serve(inferenceModels(context))
  registry.serve(inferenceUsage(context))
  registry.serve(inferenceExplain(context))
  registry.serve(inferenceProviders(context))
  registry.serve(inferenceTestProvider(context))
  for (const make of [budgetsSet, budgetsList, budgetsGet, budgetsDelete])
    registry.serve(auditDenials(make(context), context.runtime.db, logger))
  bus.serveService(registry)
}
