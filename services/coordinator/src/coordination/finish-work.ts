import type { SpokeAttachment } from '@alkdev/bus'
import type { CoordNotifyInput, CoordNotifyOutput } from '@alkdev/contracts/agents'
import type { Caller, ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact, storableText } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { countOtherCalls, endMapping, findMapping } from '@alkdev/storage/coordination'
import { lockSession } from '@alkdev/storage/sessions'
import type { SessionWithOrg } from '@alkdev/storage/sessions'
import { endTask } from '@alkdev/storage/tasks'
import type { TaskClaimRow } from '@alkdev/storage/tasks'
import { boundPlace } from '../sessions/turn/bound-place.ts'
import type { BoundPlace } from '../sessions/turn/bound-place.ts'
import { PlaceCheck } from '../sessions/turn/place-check.ts'
import { TurnOver } from '../sessions/turn/turn-over.ts'
import { turnRights } from '../sessions/turn/turn-rights.ts'
import { claimForFinish } from './claim-for-finish.ts'
import { runChecks } from './run-checks.ts'
import { sendToParent } from './send-to-parent.ts'

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus' | 'authenticator' | 'config'>
type Refusal = NonNullable<CoordNotifyOutput['reason']>

const PATIENCE_MS = 30_000
const MAX_PATHS = 20

/** Whose call it is, when it is over, and what aborts it. */
export interface FinishCall {
  readonly caller: Caller
  /** The run of a workflow that the call belongs to. */
  readonly runId?: string | undefined
  readonly deadline: number
  readonly signal: AbortSignal | undefined
}

/**
 * Finishes the work of a session: no call of it runs, its tree is clean or saved, the checks of its task pass with the rights of who spawned it, and
 * there is a result. Else the answer says what is missing, and the session goes on. The task, the mapping and the message to the session above are
 * written in one transaction.
 */
export async function finishWork(
  runtime: Runtime,
  session: SessionWithOrg,
  input: CoordNotifyInput,
  call: FinishCall,
): Promise<CoordNotifyOutput & { readonly isWoken?: boolean }> {
  const { db } = runtime
  const { outcome = 'done', evidence, text } = input
  if (outcome === 'nothing-to-do' && evidence === undefined)
    return refused('no-evidence', 'Say in `evidence` what shows that nothing is to be done.')
  if (session.turnId !== null && (await countOtherCalls(db, session.turnId)) > 0)
    return refused('calls-running', 'Other calls of this step run; finish when they have ended.')
  const mapping = await findMapping(db, session.id)
  // Finished by an earlier attempt of the call.
  if (mapping !== undefined && mapping.status !== 'active') return { accepted: true }
  const { granted } = await turnRights(runtime, session.id, session.grantId)
  const found = await boundPlace(db, session)
  const place = found && (await comparedPlace(runtime, granted, session, found))
  const tree = place && (await settleTree(runtime, granted, session, place, input, call))
  if (tree?.changed !== undefined)
    return refused(
      'changes',
      `Commit these changes, or finish with \`park\`: ${tree.changed.join(', ')}`,
    )
  const claim =
    mapping?.taskId == null
      ? undefined
      : await claimForFinish(db, session.id, mapping.taskId, outcome)
  let checks: CoordNotifyOutput['checks']
  if (claim !== undefined && claim.checks.length > 0 && outcome !== 'failed') {
    const checked = await check(runtime, granted, session, claim, place, tree?.head, call)
    if ('reason' in checked) return checked
    checks = checked.checks
  }
  const saved = compact({ savedRef: tree?.savedRef })
  const result = {
    outcome,
    text: storableText(text),
    ...compact({
      evidence: evidence === undefined ? undefined : storableText(evidence),
      head: tree?.head,
    }),
    ...saved,
  }
  return inTransaction(db, async (tx) => {
    // The session above first: trees are locked from the top.
    const said = `${outcome}: ${text}`
    const { via } = await sendToParent(tx, session, {
      text: said,
      caller: call.caller,
      runId: call.runId,
      isFinish: true,
    })
    const locked = await lockSession(tx, session.id)
    if (locked === undefined || locked.abortId !== null)
      throw new CallError('CONFLICT', 'The session was aborted.')
    if (claim !== undefined) {
      const ended = await endTask(tx, {
        taskId: claim.taskId,
        proof: { holder: { sessionId: session.id }, token: claim.token },
        status: outcome === 'failed' ? 'failed' : 'completed',
        reason: storableText(text.slice(0, 1000)),
        result,
        requireChecks: outcome !== 'failed',
      })
      if (!ended.changed)
        throw new CallError(
          'CONFLICT',
          'The session does not hold the claim of its task any more.',
          {
            reason: ended.reason,
          },
        )
    }
    await endMapping(tx, session.id, outcome === 'failed' ? 'failed' : 'completed', {
      outcome,
      result: result.text,
      evidence: result,
    })
    return { accepted: true, ...compact({ checks }), ...saved, isWoken: via === 'message' }
  })
}

function refused(reason: Refusal, message: string): CoordNotifyOutput {
  return { accepted: false, reason, message }
}

/** A place, and the attachment of its spoke at which it is the one of the session: calls there name it. */
interface ComparedPlace extends BoundPlace {
  readonly attachment: SpokeAttachment
}

/**
 * Any process of the account can attach a spoke under the same name, with other files: what is looked at and run there counts for the task only when the workspace
 * is as it was left. Throws WORKSPACE_MISMATCH, and PROVIDER_UNAVAILABLE when the spoke does not answer.
 */
async function comparedPlace(
  runtime: Runtime,
  principal: Identity,
  session: SessionWithOrg,
  place: BoundPlace,
): Promise<ComparedPlace> {
  const check = new PlaceCheck({ runtime, place: () => boundPlace(runtime.db, session) })
  try {
    const operationId = `${place.prefix}.git.status`
    return { ...place, attachment: await check.attachmentOf(place, operationId, principal) }
  } catch (thrown) {
    if (!(thrown instanceof TurnOver)) throw thrown
    const { message = thrown.message } = JSON.parse(thrown.end.error ?? '{}') as {
      message?: string
    }
    throw new CallError('WORKSPACE_MISMATCH', message)
  }
}

interface SettledTree {
  readonly head: string | undefined
  readonly savedRef?: string | undefined
  /** Files that are neither committed nor saved. */
  readonly changed?: readonly string[]
}

/** What is not committed is saved when the session says so. */
async function settleTree(
  { bus }: Runtime,
  principal: Identity,
  session: SessionWithOrg,
  { prefix, worktree, attachment }: ComparedPlace,
  { park }: CoordNotifyInput,
  { signal }: FinishCall,
): Promise<SettledTree> {
  const options = { principal, timeoutMs: PATIENCE_MS, attachment, ...compact({ signal }) }
  const place = compact({ worktree })
  const { envelope } = await bus.call(`${prefix}.git.status`, place, options)
  const status = envelope.data as { commit: string | null; files: { path: string }[] }
  const head = status.commit ?? undefined
  if (status.files.length === 0) return { head }
  if (park !== true)
    return { head, changed: status.files.slice(0, MAX_PATHS).map(({ path }) => path) }
  const step = `finish-${Date.now()}`
  const saved = await bus.call(
    `${prefix}.git.checkpoint`,
    { session: session.id, step, ...place },
    { ...options, idempotencyKey: `${session.id}:${step}` },
  )
  return { head, savedRef: (saved.envelope.data as { ref: string }).ref }
}

async function check(
  runtime: Runtime,
  principal: Identity,
  session: SessionWithOrg,
  claim: TaskClaimRow,
  place: ComparedPlace | undefined,
  head: string | undefined,
  call: FinishCall,
): Promise<CoordNotifyOutput | { readonly checks: NonNullable<CoordNotifyOutput['checks']> }> {
  const shell = `${place?.prefix ?? ''}.shell.run`
  if (place === undefined || runtime.bus.directory.get(shell, principal) === undefined)
    return refused(
      'no-shell',
      'The task has checks, and there is no shell to run them: the session needs a workspace on a spoke with `--allow-shell`, and who spawned it the scope `shell:run`.',
    )
  const checks = await runChecks(runtime, principal, {
    record: { taskId: claim.taskId, sessionId: session.id, claimToken: claim.token },
    checks: claim.checks as unknown as Parameters<typeof runChecks>[2]['checks'],
    head,
    prefix: place.prefix,
    worktree: place.worktree,
    attachment: place.attachment,
    deadline: call.deadline,
    signal: call.signal,
  })
  const failed = checks.find(({ status }) => status !== 'passed')
  if (failed === undefined) return { checks }
  return {
    ...refused('checks', `The check "${failed.name}" did not pass (${failed.status}).`),
    checks,
  }
}
