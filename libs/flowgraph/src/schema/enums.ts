import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'

/** Where a call stands. `completed`, `failed` and `aborted` are final. */
export const CallStatusEnum = Type.Union([
  Type.Literal('pending'),
  Type.Literal('running'),
  Type.Literal('completed'),
  Type.Literal('failed'),
  Type.Literal('aborted'),
])
export const CallStatus = {
  PENDING: 'pending',
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  ABORTED: 'aborted',
} as const
export type CallStatus = Static<typeof CallStatusEnum>

/**
 * Where a step of a workflow stands. `idle`: nothing that it depends on has settled; `waiting`: something has, but another
 * predecessor or a free place among its siblings is missing; `ready`: it may be started now. The last four are final.
 */
export const NodeStatusEnum = Type.Union([
  Type.Literal('idle'),
  Type.Literal('waiting'),
  Type.Literal('ready'),
  Type.Literal('running'),
  Type.Literal('completed'),
  Type.Literal('failed'),
  Type.Literal('aborted'),
  Type.Literal('skipped'),
])
export const NodeStatus = {
  IDLE: 'idle',
  WAITING: 'waiting',
  READY: 'ready',
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  ABORTED: 'aborted',
  SKIPPED: 'skipped',
} as const
export type NodeStatus = Static<typeof NodeStatusEnum>

/** What an edge says: its source's output as input (`typed`), caused (`triggered`), observed dependency, order, or branch. */
export const EdgeTypeEnum = Type.Union([
  Type.Literal('typed'),
  Type.Literal('triggered'),
  Type.Literal('depends_on'),
  Type.Literal('sequential'),
  Type.Literal('conditional'),
])
export const EdgeType = {
  TYPED: 'typed',
  TRIGGERED: 'triggered',
  DEPENDS_ON: 'depends_on',
  SEQUENTIAL: 'sequential',
  CONDITIONAL: 'conditional',
} as const
export type EdgeType = Static<typeof EdgeTypeEnum>

export const OperationTypeEnum = Type.Union([
  Type.Literal('query'),
  Type.Literal('mutation'),
  Type.Literal('subscription'),
])
export const OperationType = {
  QUERY: 'query',
  MUTATION: 'mutation',
  SUBSCRIPTION: 'subscription',
} as const
export type OperationType = Static<typeof OperationTypeEnum>

export function isFinalCall(status: CallStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'aborted'
}

export function isFinalNode(status: NodeStatus): boolean {
  return isSatisfied(status) || status === 'failed' || status === 'aborted'
}

/** Does the status let successors continue? */
export function isSatisfied(status: NodeStatus): boolean {
  return status === 'completed' || status === 'skipped'
}
