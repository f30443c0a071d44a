import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { must, sleep } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { acknowledgeStops } from '@alkdev/storage/coordination'
import {
  findBeside,
  holdSession,
  inTurn,
  lockSession,
  releaseHeld,
  renewSessions,
} from '@alkdev/storage/sessions'
import type { SessionClaim, SessionRow } from '@alkdev/storage/sessions'

/** Milliseconds of a hold without a renewal, and between two renewals, as of the claim of a turn. */
const LEASE_MS = 6000
const RENEW_MS = 2000
/** Milliseconds that a session is held at most: two calls of the spoke fit into it. */
const MAX_HOLD_MS = 120_000

type HoldRuntime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'logger'> & {
  readonly bus: { readonly instanceId: string }
}

/** A session that is held for work on its files. */
interface HeldSession {
  /** As it was before. */
  readonly session: SessionRow
  /** Aborted when the hold is lost or over its time, and when the caller aborts. */
  readonly signal: AbortSignal
  /** Stores what was done, and gives the session back, in one transaction. Throws CONFLICT when the hold was lost. */
  finish<T>(store: (tx: Db) => Promise<T>): Promise<T>
}

/**
 * Runs `work` while no turn of the session begins, on any process, and no other session gets its workspace. Prompts are accepted meanwhile, and start a turn
 * afterwards. The hold ends with the work, after `MAX_HOLD_MS`, and `LEASE_MS` after this process died. Throws CONFLICT while a turn runs or
 * begins, the branch is merged, or a session is live below it or in its workspace.
 */
export async function withHeldSession<T>(
  runtime: HoldRuntime,
  sessionId: string,
  caller: AbortSignal | undefined,
  work: (held: HeldSession) => Promise<T>,
): Promise<T> {
  const { db, bus } = runtime
  const until = performance.now() + LEASE_MS
  const { session, claim } = await inTransaction(db, async (tx) => {
    const row = must(await lockSession(tx, sessionId))
    refuseWorking(row)
    await refuseBeside(tx, row)
    const lease = { workerInstanceId: bus.instanceId, leaseMs: LEASE_MS }
    return { session: row, claim: await holdSession(tx, row, lease) }
  })
  const lost = new AbortController()
  const done = new AbortController()
  const renewing = renewed(db, claim, until, done.signal).then((why) => {
    if (why !== undefined) lost.abort(why)
  })
  const signal = caller === undefined ? lost.signal : AbortSignal.any([lost.signal, caller])
  try {
    return await work({
      session,
      signal,
      async finish(store) {
        const stored = await inTurn(db, claim, async (tx) => {
          const value = await store(tx)
          await releaseHeld(tx, claim, session)
          return value
        })
        if (stored.kind === 'lost') throw holdLost()
        return stored.value
      },
    })
  } finally {
    done.abort()
    await renewing
    await giveBack(runtime, claim, session)
  }
}

/** Extends the lease until `done`. Gives why the hold is over before. */
async function renewed(
  db: Db,
  claim: SessionClaim,
  leasedUntil: number,
  done: AbortSignal,
): Promise<CallError | undefined> {
  const over = performance.now() + MAX_HOLD_MS
  let until = leasedUntil
  for (;;) {
    // oxlint-disable no-await-in-loop -- one renewal after the other
    await sleep(RENEW_MS, done).catch(() => undefined)
    if (done.aborted) return undefined
    const now = performance.now()
    if (now > over)
      return new CallError('TIMEOUT', `The session was held for ${MAX_HOLD_MS} ms, its maximum.`)
    const rows = await renewSessions(db, [claim], LEASE_MS).catch(() => undefined)
    // oxlint-enable no-await-in-loop
    if (rows?.[0]?.isRenewed === true) until = now + LEASE_MS
    else if (rows?.length === 0 || performance.now() > until) return holdLost()
  }
}

/** After a failure; else it was given back with what was stored. What fails here, the end of the lease does. */
async function giveBack(
  { db, bus, logger }: HoldRuntime,
  claim: SessionClaim,
  session: SessionRow,
): Promise<void> {
  try {
    await inTransaction(db, (tx) => releaseHeld(tx, claim, session))
    // An abort of the session may have ended the hold.
    await acknowledgeStops(db, [claim.id], bus.instanceId)
  } catch (error) {
    logger.warn(
      { err: error, sessionId: claim.id },
      'a session that was held is not given back yet',
    )
  }
}

function holdLost(): CallError {
  return new CallError(
    'CONFLICT',
    'The session was ended, or taken over because its lease could not be renewed, while its files were restored. Try it again.',
  )
}

function refuseWorking({ turnId, status, mergeId }: SessionRow): void {
  if (mergeId !== null)
    throw new CallError('CONFLICT', 'The branch of the session is being merged.', { mergeId })
  if (turnId !== null)
    throw new CallError('CONFLICT', 'A turn of the session runs; stop it first.', { turnId })
  if (status === 'archived') throw new CallError('CONFLICT', 'The session is archived.')
  if (status === 'queued' || status === 'running')
    throw new CallError(
      'CONFLICT',
      'A turn of the session begins, or its files are being restored; try it again afterwards.',
    )
}

async function refuseBeside(tx: Db, session: SessionRow): Promise<void> {
  const beside = await findBeside(tx, session)
  if (beside === undefined) return
  const { id, isChild } = beside
  const where = isChild ? 'below this one' : 'in its workspace'
  throw new CallError(
    'CONFLICT',
    `The session ${id} ${where} is live; wait for its end, or archive it first.`,
    { sessionId: id },
  )
}
