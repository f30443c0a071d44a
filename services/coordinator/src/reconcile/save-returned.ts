import { grantRights } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { findReturnedPlaces, recordParked } from '@alkdev/storage/coordination'
import type { ReturnedPlace } from '@alkdev/storage/coordination'
import { getSession } from '@alkdev/storage/sessions'
import { leftText } from '../coordination/left-work.ts'
import { acceptPrompt } from '../sessions/accept-prompt.ts'

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'authenticator' | 'logger'>
type Call = <T>(name: string, input: object, idempotencyKey?: string) => Promise<T | undefined>

/** How the message to the next session begins, when the files differ from those that were saved without the spoke. */
const LATER = 'The spoke of the session that worked on your task before has returned.'

/**
 * Saves the worktrees of sessions that ended because this spoke was gone, once after it has returned: what was written meanwhile, or could not be saved without it,
 * is a ref as well, and the session that has the task now hears of it. The worktrees stay as they are.
 */
export async function saveReturned(runtime: Runtime, spokeId: string, call: Call): Promise<void> {
  const { db } = runtime
  for (const place of await findReturnedPlaces(db, spokeId)) {
    const { sessionId, worktree } = place
    const input = { session: sessionId, step: 'parked', worktree }
    // oxlint-disable no-await-in-loop -- few, one after the other
    const saved = await call<{ ref: string; tree: string; head: string | null }>(
      'git.checkpoint',
      input,
      `${sessionId}:parked`,
    )
    if (saved === undefined) continue
    const parked = compact({ parkedRef: saved.ref, head: saved.head ?? undefined })
    const holder = await inTransaction(db, (tx) => recordParked(tx, place, parked))
    const isNew = saved.tree !== place.evidence?.['savedTree']
    if (holder !== undefined && isNew) await tell(runtime, holder, place, parked)
    // oxlint-enable no-await-in-loop
  }
}

/** The session that has the task now. One that takes no message finds it in the evidence of the task. */
async function tell(
  runtime: Runtime,
  holder: string,
  { sessionId, evidence }: ReturnedPlace,
  parked: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { db, logger } = runtime
  const session = await getSession(db, holder)
  const rights = session?.grantId == null ? undefined : await grantRights(runtime, session.grantId)
  const left = leftText({ ...evidence, ...parked, holder: { sessionId } })
  if (rights === undefined || left === undefined) return
  try {
    const prompt = {
      text: `[The hub] ${LATER}\n${left}`,
      mode: 'steer',
      fallback: 'queue',
    } as const
    await inTransaction(db, (tx) => acceptPrompt(tx, rights.identity, holder, prompt))
  } catch (thrown) {
    const error = CallError.from(thrown)
    if (error.code !== 'MESSAGE_REFUSED') throw error
    logger.info(
      { err: error, sessionId: holder },
      'the holder of a task took no message about files that were saved',
    )
  }
}
