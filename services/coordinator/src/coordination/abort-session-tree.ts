import type { CoordAbortOutput } from '@alkdev/contracts/agents'
import type { ServiceRuntime } from '@alkdev/service'
import { compact, sleep } from '@alkdev/std'
import { acknowledgeAbort, acknowledgeLost, readReceipts } from '@alkdev/storage/coordination'
import { saveAborted } from './save-aborted.ts'

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus' | 'authenticator' | 'logger'>
type Receipts = Awaited<ReturnType<typeof readReceipts>>

/** Milliseconds between two readings of the receipts. */
const LOOK_MS = 40
/** A claim ends by itself within this time, and with it the work of a process that does not answer. */
const MAX_WAIT_MS = 8000

/** Aborts the calls of the tree that run at providers. Never rejects. */
export async function abortRunning(
  { bus, logger }: Pick<Runtime, 'bus' | 'logger'>,
  callIds: readonly string[],
  reason: string,
): Promise<void> {
  await Promise.all(
    callIds.map((callId) =>
      bus
        .abort(callId, reason)
        .catch((error: unknown) => logger.info({ err: error, callId }, 'a call was not aborted')),
    ),
  )
}

/**
 * Waits until no process works on any session of the abort, then saves what was not committed and ends the processes at the spokes. May be done again by
 * any process. `signal` ends the wait; the sessions are fenced all the same.
 */
export async function completeAbort(
  runtime: Runtime,
  abortId: string,
  signal?: AbortSignal,
): Promise<CoordAbortOutput> {
  const { db, bus } = runtime
  const until = performance.now() + MAX_WAIT_MS
  let receipts: Receipts = []
  let isStopped = false
  for (;;) {
    // oxlint-disable no-await-in-loop -- one look after the other
    receipts = await readReceipts(db, abortId)
    const working = receipts.filter(({ stoppedAt }) => stoppedAt === null)
    isStopped = working.length === 0
    if (isStopped || performance.now() > until || signal?.aborted === true) break
    const instances = new Set(working.flatMap(({ workerInstanceId: id }) => (id ? [id] : [])))
    await acknowledgeLost(
      db,
      abortId,
      [...instances].filter((id) => bus.isLost(id)),
    )
    await sleep(LOOK_MS, signal).catch(() => undefined)
    // oxlint-enable no-await-in-loop
  }
  if (isStopped) {
    await saveAborted(runtime, abortId, receipts)
    // After it: what a process has not saved when it ends, another one does.
    await acknowledgeAbort(db, abortId)
    receipts = await readReceipts(db, abortId)
  }
  return {
    abortId,
    acknowledged: isStopped,
    receipts: receipts.map((one) => ({
      sessionId: one.sessionId,
      was: one.wasStatus as CoordAbortOutput['receipts'][number]['was'],
      cancelledCalls: one.cancelledCalls,
      ...compact({
        turnId: one.turnId ?? undefined,
        tokensSince: one.tokensAfter === null ? undefined : one.tokensAfter - one.tokensBefore,
        stoppedAt: one.stoppedAt?.toISOString(),
        savedRef: one.savedRef ?? undefined,
        saveError: one.saveError ?? undefined,
      }),
    })),
  }
}
