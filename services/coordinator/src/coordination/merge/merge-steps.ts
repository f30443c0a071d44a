import type { ServiceRuntime } from '@alkdev/service'
import type { Identity } from '@alkdev/operations'
import { updateWorkspace } from '@alkdev/storage'
import type { MergeEnd, MergeQueueRow } from '@alkdev/storage/coordination'
import type { NamedPlace } from '../../sessions/named-place.ts'
import { runChecks } from '../run-checks.ts'
import type { Compared, MergeCalls, Patch } from './merge-calls.ts'

/** Files and commits that a merge names at most. */
const MAX_NAMED = 20
/** How often the target may move before the merge is given up. */
const MAX_ATTEMPTS = 5

/** What a step found: the next one, or the end. */
export type StepResult =
  | {
      readonly next: 'rebase' | 'check' | 'update' | null
      readonly change: Partial<
        Pick<MergeQueueRow, 'targetHead' | 'oldHead' | 'newHead' | 'evidence' | 'attempts'>
      >
    }
  | { readonly end: MergeEnd }

/** What is kept of a merge as its evidence. */
interface Evidence extends Record<string, unknown> {
  readonly savedRef?: string
  readonly before?: readonly Patch[]
  readonly after?: readonly Patch[]
}

export interface StepContext {
  readonly runtime: Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus'>
  readonly principal: Identity
  readonly place: NamedPlace
  readonly calls: MergeCalls
  readonly signal: AbortSignal
}

/**
 * One step of a merge. Each can be done again after an interruption: what an earlier try did is found at the spoke. Nothing is lost at any point: the branch
 * is kept as a ref before it is rebased, and the target moves by compare-and-swap to commits that were checked.
 */
export function runStep(context: StepContext, merge: MergeQueueRow): Promise<StepResult> {
  switch (merge.step) {
    case 'rebase':
      return rebase(context, merge)
    case 'check':
      return check(context, merge)
    case 'update':
      return update(context, merge)
    default:
      return prepare(context, merge)
  }
}

/** Records what is to be merged, and keeps it as a ref. */
async function prepare({ calls, runtime }: StepContext, merge: MergeQueueRow): Promise<StepResult> {
  const { branch, targetBranch, sessionId, workspaceId, attempts, id } = merge
  const status = await calls.status()
  if (status.branch !== branch)
    return failed(
      'branch',
      `The worktree has ${status.branch ?? 'no branch'} checked out, and not ${branch}.`,
    )
  if (status.files.length > 0) {
    const changed = status.files.slice(0, MAX_NAMED).map(({ path }) => path)
    return failed('changes', `These changes are not committed: ${changed.join(', ')}`, { changed })
  }
  const compared = await calls.compare(targetBranch, branch)
  if (compared.base === null)
    return failed('unrelated', `${branch} and ${targetBranch} have no common commit.`)
  const { from: targetHead, to: oldHead, onlyTo } = compared
  if (compared.base === oldHead)
    return {
      end: { status: 'merged', reason: 'nothing-to-merge', evidence: { targetHead, oldHead } },
    }
  if (onlyTo.truncated) return failed('too-large', 'The branch has too many commits or changes.')
  const saved = await calls.save(sessionId ?? id, `merge-${id.slice(-12)}-${attempts}`)
  const evidence: Evidence = { savedRef: saved.ref, before: onlyTo.commits }
  // The next turn of the session compares no head that a merge moved which did not come to its end.
  if (workspaceId !== null) await updateWorkspace(runtime.db, workspaceId, { expectedHead: null })
  return { next: 'rebase', change: { targetHead, oldHead, newHead: null, evidence } }
}

async function rebase({ calls }: StepContext, merge: MergeQueueRow): Promise<StepResult> {
  const targetHead = merge.targetHead ?? ''
  const { outcome, after, conflicts } = await calls.rebase(targetHead)
  const known = (merge.evidence ?? {}) as Evidence
  if (outcome === 'conflict') {
    const named = conflicts.slice(0, MAX_NAMED)
    return {
      end: {
        status: 'conflict',
        reason: 'conflict',
        error: `The branch conflicts with ${merge.targetBranch} in: ${named.join(', ')}`,
        evidence: { ...known, conflicts: named },
      },
    }
  }
  const compared = await calls.compare(targetHead, after)
  const upstream =
    merge.oldHead === null ? undefined : await calls.compare(merge.oldHead, targetHead)
  const lost = lostPatches(known.before ?? [], compared, upstream)
  if (compared.base !== targetHead || lost.length > 0)
    return failed(
      'lost',
      `After the rebase the changes of these commits were not all there: ${lost
        .slice(0, MAX_NAMED)
        .map(({ commit }) => commit.slice(0, 12))
        .join(', ')}. The branch is kept as ${known.savedRef ?? ''}.`,
      { ...known, lost: lost.slice(0, MAX_NAMED) },
    )
  return {
    next: 'check',
    change: { newHead: after, evidence: { ...known, after: compared.onlyTo.commits } },
  }
}

/** Commits whose changes are neither in the rebased branch nor in the target. */
export function lostPatches(
  before: readonly Patch[],
  rebased: Compared,
  upstream: Compared | undefined,
): readonly Patch[] {
  const kept = new Set([
    ...rebased.onlyTo.commits.map(({ patchId }) => patchId),
    ...(upstream?.onlyTo.commits ?? []).map(({ patchId }) => patchId),
  ])
  return before.filter(({ patchId }) => !kept.has(patchId))
}

async function check(
  { runtime, principal, place, signal, calls }: StepContext,
  merge: MergeQueueRow,
): Promise<StepResult> {
  const { newHead, checks, evidence } = merge
  const runs = await runChecks(runtime, principal, {
    record: undefined,
    checks: checks as unknown as Parameters<typeof runChecks>[2]['checks'],
    head: newHead ?? undefined,
    prefix: place.prefix,
    worktree: place.worktree,
    attachment: place.attachment,
    deadline: Infinity,
    signal,
  })
  const bad = runs.find(({ status }) => status !== 'passed')
  if (bad?.status === 'lost') throw new CheckLost(bad.error ?? 'The check was interrupted.')
  if (bad !== undefined)
    return failed('checks', `After the rebase the check "${bad.name}" did not pass.`, {
      ...evidence,
      checks: runs,
    })
  const { commit } = await calls.status()
  if (commit !== newHead)
    return failed('branch', 'The branch moved while its checks ran.', { ...evidence })
  return { next: 'update', change: { evidence: { ...evidence, checks: runs } } }
}

/** A check ended without a result: it runs again. */
export class CheckLost extends Error {}

async function update({ calls }: StepContext, merge: MergeQueueRow): Promise<StepResult> {
  const { targetBranch, targetHead, newHead, attempts, evidence } = merge
  const moved = await calls.fastForward(targetBranch, newHead ?? '', targetHead ?? '')
  if (moved.outcome !== 'moved')
    return { end: { status: 'merged', reason: 'merged', evidence: { ...evidence } } }
  if (attempts + 1 >= MAX_ATTEMPTS)
    return failed('moved', `${targetBranch} moved ${MAX_ATTEMPTS} times during the merge.`, {
      ...evidence,
    })
  return { next: null, change: { attempts: attempts + 1 } }
}

function failed(
  reason: string,
  error: string,
  evidence: Record<string, unknown> = {},
): { readonly end: MergeEnd } {
  return { end: { status: 'failed', reason, error, evidence } }
}
