import type { CoordNotifyInput } from '@alkdev/contracts/agents'
import { CallError } from '@alkdev/operations'
import type { Db } from '@alkdev/storage'
import { readTaskById } from '@alkdev/storage/tasks'
import type { TaskClaimRow } from '@alkdev/storage/tasks'

/**
 * The claim that a session ends with its work; undefined when it completed the task itself before, or failed at a task that it no longer has. Throws
 * CONFLICT for other outcomes without the claim: no check would run, and the session above would learn of work that was not checked.
 */
export async function claimForFinish(
  db: Db,
  sessionId: string,
  taskId: string,
  outcome: NonNullable<CoordNotifyInput['outcome']>,
): Promise<TaskClaimRow | undefined> {
  const found = await readTaskById(db, taskId)
  const claim = found?.claim
  if (claim?.sessionId === sessionId && claim.releasedAt === null) return claim
  if (outcome === 'failed') return undefined
  // A released claim names its last holder in the evidence.
  const { holder } = (claim?.evidence ?? {}) as { holder?: { sessionId?: string } }
  if (found?.task.status === 'completed' && holder?.sessionId === sessionId) return undefined
  throw new CallError(
    'CONFLICT',
    'The session does not hold the claim of its task, and did not complete it. Claim the task again, or finish with the outcome `failed`.',
  )
}
