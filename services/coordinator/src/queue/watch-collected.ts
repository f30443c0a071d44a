import { CallError, withUnknownOutcome } from '@alkdev/operations'
import { mayGoOn } from '@alkdev/service'
import { sleep } from '@alkdev/std'
import type { WatchRuntime } from '../calls/watch-rights.ts'
import type { QueuedRights, StoredGrant, StoredRuntime } from './queued-identity.ts'
import { watchQueuedRights } from './watch-queued-rights.ts'

/** Milliseconds between two tries while the rights cannot be looked up. */
const AWAY_MS = 1000

interface CollectedCall extends StoredGrant {
  readonly callId: string
  readonly operationId: string
}

/**
 * As `watchQueuedRights`, for a call that another process made and whose answer is awaited: what happened to its rights since then counts as well. `read` gives them.
 * `onLost` is called at most once. Returns a function that ends the watch.
 */
export function watchCollected(
  runtime: StoredRuntime & WatchRuntime,
  call: CollectedCall,
  read: () => Promise<QueuedRights>,
  onLost: (reason: CallError) => void,
): () => void {
  const stopped = new AbortController()
  const lose = (reason: CallError): void => {
    if (stopped.signal.aborted) return
    stopped.abort()
    onLost(withUnknownOutcome(reason))
  }
  const begin = async (): Promise<void> => {
    const rights = await firstRights(read, stopped.signal)
    if (stopped.signal.aborted) return
    if (!mayGoOn(runtime.bus, call, rights.granted, rights.now)) {
      const message = `The rights with which the call was made no longer allow ${call.operationId}.`
      lose(new CallError('ACCESS_DENIED', message))
      return
    }
    const unwatch = watchQueuedRights(runtime, call, rights, lose)
    stopped.signal.addEventListener('abort', unwatch, { once: true })
  }
  begin().catch((error: unknown) => lose(CallError.from(error)))
  return () => stopped.abort()
}

/** Rejects with what `read` rejects with, unless the rights cannot be looked up: then it tries again until the signal aborts. */
async function firstRights(
  read: () => Promise<QueuedRights>,
  signal: AbortSignal,
): Promise<QueuedRights> {
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
