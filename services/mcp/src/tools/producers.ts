import type { Bus } from '@alkdev/bus'
import { schemaFit } from '@alkdev/operations/schema-compatibility'
import type { Identity } from '@alkdev/operations'

const mostCandidates = 200
const mostProducers = 20
const budgetMs = 25

/**
 * Operations that the caller may use and whose declared output is compatible with the input of this one. An input that
 * requires nothing has none, because every output would be compatible. Examines at most 200 operations, for at most 25 ms.
 */
export function producersFor(
  bus: Bus,
  identity: Identity,
  operation: { readonly operationId: string; readonly inputSchema: unknown },
): string[] {
  const input = operation.inputSchema as { readonly required?: readonly string[] }
  if (!input.required?.length) return []
  const until = performance.now() + budgetMs
  const found: string[] = []
  const { items } = bus.directory.list(identity, { limit: mostCandidates })
  for (const { operationId, spec } of items) {
    if (found.length >= mostProducers || performance.now() > until) break
    if (operationId === operation.operationId) continue
    const fit = schemaFit(spec.outputSchema, input, {
      undeclared: 'absent',
      maxSteps: 2000,
      maxMismatches: 1,
    })
    if (fit.compatible) found.push(operationId)
  }
  return found
}
