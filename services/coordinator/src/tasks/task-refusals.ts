import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { Db } from '@alkdev/storage'
import { readHolderNames } from '@alkdev/storage/tasks'
import type { ClaimRefusal, TaskChangeRefusal, TaskClaimRow } from '@alkdev/storage/tasks'

type Refusal = ClaimRefusal | TaskChangeRefusal

/** The error of a claim or change that the state of a task does not allow; it names who has the task. */
export async function taskRefused(
  db: Db,
  { id: viewerId }: Identity,
  task: string,
  refusal: Refusal,
): Promise<CallError> {
  const taskId = 'claim' in refusal ? refusal.claim?.taskId : undefined
  const names = taskId === undefined ? undefined : await readHolderNames(db, [taskId], viewerId)
  return taskRefusal(task, refusal, names?.get(taskId ?? ''))
}

export function taskRefusal(task: string, refusal: Refusal, holderName?: string): CallError {
  const { message, details } = describe(refusal, holderName)
  return new CallError(
    refusal.reason === 'not-found' ? 'TASK_NOT_FOUND' : 'TASK_REFUSED',
    `Task ${task} ${message}`,
    { task, reason: refusal.reason, ...details },
    { httpStatus: refusal.reason === 'not-found' ? 404 : 409 },
  )
}

function describe(
  refusal: Refusal,
  holderName: string | undefined,
): { message: string; details?: Record<string, unknown> } {
  switch (refusal.reason) {
    case 'not-found':
      return { message: 'was removed.' }
    case 'closed':
    case 'status':
      return {
        message: `is ${refusal.task.status}; tasks.reopen makes a closed task pending.`,
        details: compact({
          status: refusal.task.status,
          statusReason: refusal.task.statusReason ?? undefined,
        }),
      }
    case 'claimed':
      return {
        message: `is claimed by ${holderText(refusal.claim, holderName)}.`,
        details: { since: refusal.claim.since.toISOString(), ...holderIds(refusal.claim) },
      }
    case 'waiting':
      return {
        message: `waits for ${refusal.waitsFor.slice(0, 5).join(', ')}${refusal.waitsFor.length > 5 ? ' and others' : ''}.`,
        details: { waitsFor: refusal.waitsFor },
      }
    case 'overlap':
      return {
        message:
          refusal.overlap === undefined
            ? `may change the files of task ${refusal.with}, which is in progress: their globs take too long to compare.`
            : `and task ${refusal.with}, which is in progress, may both change ${refusal.overlap.path}.`,
        details: compact({ with: refusal.with, overlap: refusal.overlap }),
      }
    case 'session-ended':
      return { message: 'cannot be claimed: the session is final.' }
    case 'claim-lost':
      return claimLost(refusal.claim, holderName)
    default:
      return {
        message: `has checks that did not pass under this claim: ${refusal.missing.join(', ')}.`,
        details: { missing: refusal.missing },
      }
  }
}

function claimLost(claim: TaskClaimRow | undefined, holderName: string | undefined) {
  if (claim === undefined || claim.releasedAt !== null)
    return {
      message: 'has no claim; tasks.claim gives one.',
      details: compact({ releaseReason: claim?.releaseReason ?? undefined }),
    }
  return {
    message: `is claimed by ${holderText(claim, holderName)}, and the call does not have the token of that claim.`,
    details: { since: claim.since.toISOString(), ...holderIds(claim) },
  }
}

/** Who has a claim, for people. */
export function holderText(
  { sessionId, accountId }: Pick<TaskClaimRow, 'sessionId' | 'accountId'>,
  name: string | undefined,
): string {
  if (sessionId === null) return name ?? `account ${accountId}`
  return name === undefined ? `session ${sessionId}` : `the session "${name}"`
}

function holderIds({ sessionId, accountId }: TaskClaimRow) {
  return compact({ sessionId: sessionId ?? undefined, accountId: accountId ?? undefined })
}
