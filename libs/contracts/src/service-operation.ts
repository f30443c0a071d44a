import type { OperationSpec } from '@alkdev/operations'

export const SERVICE_NAMES = [
  'gateway',
  'spoke-broker',
  'coordinator',
  'inference-proxy',
  'mcp',
] as const
export type ServiceName = (typeof SERVICE_NAMES)[number]

/** One of the hub's own operations and who answers it: a service, or (`local`) every process for itself. */
export interface ServiceOperation {
  readonly spec: OperationSpec
  readonly service: ServiceName | 'local'
}
