import type { Identity } from '@alkdev/operations'
import { CallError } from '@alkdev/operations'
import { FINDING_KINDS } from '@alkdev/contracts'
import { grantRights } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { compact, storableText } from '@alkdev/std'
import { inTransaction, raiseFinding, resolveFindings, updateWorkspace } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { createMapping, endMerge, findMapping, getMerge } from '@alkdev/storage/coordination'
import type { MergeClaim, MergeEnd, MergeQueueRow } from '@alkdev/storage/coordination'
import { lockSession } from '@alkdev/storage/sessions'
import type { SessionRow } from '@alkdev/storage/sessions'
import { claimTask, reopenTask } from '@alkdev/storage/tasks'
import { acceptPrompt } from '../../sessions/accept-prompt.ts'

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'authenticator' | 'logger'>

/** Ends of a merge after which the session that owns the branch has work to do. */
const GIVE_BACK: ReadonlySet<string> = new Set(['conflict', 'checks', 'changes', 'lost'])

/**
 * Ends a merge in one transaction. A branch that conflicts, or whose checks fail, goes back to the session that owns it: as a message, with its task open again and
 * claimed by it. What was not merged is a finding in the inbox, until it is. Undefined when the claim was lost.
 */
export async function concludeMerge(
  runtime: Runtime,
  claim: MergeClaim,
  end: MergeEnd,
): Promise<MergeQueueRow | undefined> {
  const { db } = runtime
  const merge = await getMerge(db, claim.id)
  if (merge === undefined) return undefined
  const rights = merge.grantId === null ? undefined : await grantRights(runtime, merge.grantId)
  const conclude = (withMessage: boolean) =>
    inTransaction(db, async (tx) => {
      const session = merge.sessionId === null ? undefined : await lockSession(tx, merge.sessionId)
      const row = await endMerge(tx, claim, end)
      if (row === undefined) return undefined
      if (end.status === 'merged') await settleMerged(tx, row)
      else {
        await reportUnmerged(tx, row, end)
        if (withMessage && session !== undefined && rights !== undefined)
          await giveBack(tx, row, end, session, rights.identity)
      }
      return row
    })
  try {
    return await conclude(GIVE_BACK.has(end.reason))
  } catch (thrown) {
    const error = CallError.from(thrown)
    // An archived or aborted session takes no message: the finding stays.
    if (error.code !== 'MESSAGE_REFUSED') throw error
    return conclude(false)
  }
}

async function settleMerged(tx: Db, { workspaceId, newHead, oldHead, sessionId }: MergeQueueRow) {
  const head = newHead ?? oldHead
  if (workspaceId !== null && head !== null)
    await updateWorkspace(tx, workspaceId, { head, expectedHead: head })
  if (sessionId !== null)
    await resolveFindings(tx, { type: 'session', id: sessionId }, 'merge-refused')
}

async function reportUnmerged(tx: Db, merge: MergeQueueRow, end: MergeEnd): Promise<void> {
  if (end.status === 'cancelled' || merge.sessionId === null) return
  await raiseFinding(tx, {
    kind: 'merge-refused',
    severity: 'medium',
    subject: { type: FINDING_KINDS['merge-refused'], id: merge.sessionId },
    accountId: merge.accountId,
    summary: storableText(
      `${merge.branch} was not merged into ${merge.targetBranch}: ${end.error ?? end.reason}`,
    ).slice(0, 1000),
    evidence: { mergeId: merge.id, reason: end.reason, branch: merge.branch },
  })
}

/** The session gets a message with what to do; when it had a task, it has it again. */
async function giveBack(
  tx: Db,
  merge: MergeQueueRow,
  end: MergeEnd,
  session: SessionRow,
  principal: Identity,
): Promise<void> {
  if (session.mode === 'external' || session.status === 'archived' || session.abortId !== null)
    return
  const sender = { ...principal, ...compact({ sessionId: merge.leadSessionId ?? undefined }) }
  await acceptPrompt(tx, sender, session.id, { text: requestOf(merge, end) })
  const mapping = await findMapping(tx, session.id)
  if (mapping === undefined || mapping.status === 'active') return
  // Another session may have the task by now, or work on the same files: then it stays as it is, and the merge checks the branch.
  await inTransaction(tx, async (inner) => {
    const { taskId } = mapping
    if (taskId === null) return
    const reopened = await reopenTask(inner, taskId, storableText(end.error ?? end.reason))
    const claimed =
      reopened.changed && (await claimTask(inner, { taskId, holder: { sessionId: session.id } }))
    if (claimed === false || !claimed.claimed) throw new KeptAsItIs()
  }).catch((error: unknown) => {
    if (!(error instanceof KeptAsItIs)) throw error
  })
  const { sessionId, parentSessionId, spawnerId, taskId, task, workspaceId, spokeId, branch } =
    mapping
  await createMapping(tx, {
    ...{ sessionId, parentSessionId, spawnerId, taskId, task, workspaceId, spokeId, branch },
  })
}

class KeptAsItIs extends Error {}

function requestOf({ branch, targetBranch }: MergeQueueRow, end: MergeEnd): string {
  const why = end.error ?? end.reason
  if (end.status === 'conflict')
    return `[The hub] ${branch} could not be merged into ${targetBranch}. ${why}
Call git.rebase with {"onto": "${targetBranch}", "conflicts": "mark"}. Resolve the conflict markers in the files, keep what both sides want, commit, and finish again.`
  return `[The hub] ${branch} could not be merged into ${targetBranch}. ${why}
Correct it, commit, and finish again.`
}
