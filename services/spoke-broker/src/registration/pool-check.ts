import { poolMisfit } from '@alkdev/bus'
import type { Directory, PoolMember } from '@alkdev/bus'
import { operationIdOf } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'

export interface PoolVerdict {
  /** `quarantined`: in nobody's pool. */
  readonly status: 'active' | 'quarantined'
  /** Why it is in nobody's pool, or, while `active`, not in the pool of the other members of its organization. */
  readonly reason?: string
}

/**
 * Whether an operation joins the pools of its own name. It is held against the other spokes of its owner, and if it misses their promise
 * it joins no pool. It is then held against the owner who offered the name first in its organization, and if it misses that promise only
 * its owner's own calls reach it through the pool. A pinned name always works. What the spoke's key may call does not matter here.
 */
export function checkPool(
  spec: OperationSpec,
  member: PoolMember,
  directory: Pick<Directory, 'poolContract'>,
): PoolVerdict {
  if (spec.pool === false) return { status: 'active' }
  const operationId = operationIdOf(spec)
  const own = directory.poolContract(operationId, member, 'owner')
  const misfit = own && poolMisfit(spec, own)
  if (misfit !== undefined) return { status: 'quarantined', reason: misfit }
  const shared = directory.poolContract(operationId, member, 'organization')
  const sharedMisfit = shared && poolMisfit(spec, shared)
  if (sharedMisfit === undefined) return { status: 'active' }
  return {
    status: 'active',
    reason: `Not in the pool of the other members of the organization: ${sharedMisfit}`,
  }
}
