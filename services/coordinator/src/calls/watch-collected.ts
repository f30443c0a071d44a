import type { Authenticated } from '@alkdev/contracts'
import { CallError, withUnknownOutcome } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { mayGoOn } from '@alkdev/service'
import { sleep } from '@alkdev/std'
import { watchRights } from './watch-rights.ts'
import type { UsedRights, WatchRuntime } from './watch-rights.ts'

/** Milliseconds between two tries while the rights cannot be looked up. */
const AWAY_MS = 1000

/** The rights of a stored grant: those that it names, and what is left of them now. */
export interface GrantedRights {
  readonly granted: Identity
  readonly now: Identity
  /** The keys whose rights are used: to be watched while a call runs. */
  readonly holders: readonly Authenticated[]
}

/**
 * As `watchRights`, for a call that another process made and whose answer is awaited: what happened to its rights since then counts as well. `read` gives them as they are
 * now, and rejects when there are none any more. `onLost` is called at most once. Returns a function that ends the watch.
 */
export function watchCollected(
  runtime: WatchRuntime,
  call: { readonly callId: string; readonly operationId: string },
  read: () => Promise<GrantedRights>,
  onLost: (reason: CallError) => void,
): () => void {
  const stopped = new AbortController()
  const lose = (reason: CallError): void => {
    if (stopped.signal.aborted) return
    stopped.abort()
    onLost(withUnknownOutcome(reason))
  }
  const begin = async (): Promise<void> => {
    const { granted, now, holders } = await firstRights(read, stopped.signal)
    if (stopped.signal.aborted) return
    if (!mayGoOn(runtime.bus, call, granted, now)) {
      const message = `The rights with which the call was made no longer allow ${call.operationId}.`
      lose(new CallError('ACCESS_DENIED', message))
      return
    }
    const readUsed = async (): Promise<UsedRights> => {
      const rights = await read()
      return { identity: rights.now, holders: rights.holders }
    }
    const unwatch = watchRights(runtime, call, { identity: now, holders }, readUsed, lose)
    stopped.signal.addEventListener('abort', unwatch, { once: true })
  }
  begin().catch((error: unknown) => lose(CallError.from(error)))
  return () => stopped.abort()
}

/** Rejects with what `read` rejects with, unless the rights cannot be looked up: then it tries again until the signal aborts. */
async function firstRights(
  read: () => Promise<GrantedRights>,
  signal: AbortSignal,
): Promise<GrantedRights> {
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- until they are known
      return await read()
    } catch (error) {
      if (CallError.from(error).code !== 'UNAVAILABLE') throw error
    }
    // oxlint-disable-next-line no-await-in-loop -- as above
    await sleep(AWAY_MS, signal)
  }
}
