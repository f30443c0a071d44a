import type { CallError } from '@alkdev/operations'
import { watchRights } from '../calls/watch-rights.ts'
import type { UsedRights, WatchRuntime } from '../calls/watch-rights.ts'
import { storedIdentity } from './queued-identity.ts'
import type { QueuedRights, StoredGrant, StoredRuntime } from './queued-identity.ts'

/** As `watchRights`, for a call with the rights of a stored grant. `onLost` is called at most once. */
export function watchQueuedRights(
  runtime: StoredRuntime & WatchRuntime,
  call: StoredGrant & { readonly callId: string; readonly operationId: string },
  { now, holders }: QueuedRights,
  onLost: (reason: CallError) => void,
): () => void {
  const read = async (): Promise<UsedRights> => {
    const rights = await storedIdentity(runtime, call)
    return { identity: rights.now, holders: rights.holders }
  }
  return watchRights(runtime, call, { identity: now, holders }, read, onLost)
}
