import type { OperationSpec } from '@alkdev/operations'
import type { SpokeOperation } from './define.ts'

/** The operation without its handler, as `hub.register` takes it. */
export function wireSpec(operation: SpokeOperation): OperationSpec {
  const { handler: _handler, ...spec } = operation
  return spec
}
