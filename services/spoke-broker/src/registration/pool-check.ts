import type { Directory, PoolMember } from '@alkdev/bus'
import { schemaFit } from '@alkdev/flowgraph'
import type { SchemaFit } from '@alkdev/flowgraph'
import { operationIdOf } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'

export interface PoolVerdict {
  readonly status: 'active' | 'quarantined'
  readonly reason?: string
}

/**
 * Whether an operation may join the pool of its own name, beside the spokes of the same owner or organization. The pool promises the
 * schema of its highest active version: a provider of the same major version joins when it takes every input that the pool takes
 * and returns only what the pool promises. A quarantined operation is still called by its pinned name. What the spoke's own key may
 * call does not matter here.
 */
export function checkPool(
  spec: OperationSpec,
  member: PoolMember,
  directory: Pick<Directory, 'promised'>,
): PoolVerdict {
  if (spec.pool === false) return { status: 'active' }
  const promised = directory.promised(operationIdOf(spec), member)
  // Alone in the pool: it may change what the pool promises.
  if (promised === undefined) return { status: 'active' }
  if (promised.type !== spec.type)
    return {
      status: 'quarantined',
      reason: `The pool offers a ${promised.type}, this is a ${spec.type}.`,
    }
  if (major(promised.version) !== major(spec.version))
    return {
      status: 'quarantined',
      reason: `The pool is at version ${promised.version}, this is ${spec.version}.`,
    }
  const input = schemaFit(promised.inputSchema, spec.inputSchema)
  if (!input.compatible)
    return {
      status: 'quarantined',
      reason: `It does not take every input of the pool: ${why(input)}`,
    }
  const output = schemaFit(spec.outputSchema, promised.outputSchema)
  if (!output.compatible)
    return {
      status: 'quarantined',
      reason: `It may return what the pool does not promise: ${why(output)}`,
    }
  return { status: 'active' }
}

function major(version: string): string {
  return version.split('.', 1)[0] ?? version
}

function why(fit: SchemaFit): string {
  const [first] = fit.mismatches
  if (first === undefined) return 'the schemas differ.'
  return `at ${first.path || '/'} it needs ${first.expected} and may get ${first.actual}.`
}
