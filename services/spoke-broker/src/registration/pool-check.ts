import { poolMisfit } from '@alkdev/bus'
import type { Directory, PoolMember } from '@alkdev/bus'
import { operationIdOf } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'

export interface PoolVerdict {
  /** `quarantined`: in no pool. */
  readonly status: 'active' | 'quarantined'
  /** Why it is in no pool, or, while `active`, not in the pool of the other members of its organization. */
  readonly reason?: string
}

/**
 * Decides whether an operation joins the pools of its own name. It is compared with the other spokes of its owner; if it breaks their contract
 * it joins no pool. It is then compared with the owner that offered the name first in its organization; if it breaks that contract, only
 * its owner's own calls reach it through the pool. A pinned name always works. The rights of the spoke's key do not matter here.
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
