import type { Authenticated } from '@alkdev/contracts'
import { intersectRights, mayGoOn } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { withUnknownOutcome } from '@alkdev/operations'
import type { CallError, Identity } from '@alkdev/operations'
import type { Bus } from '@alkdev/bus'

/** Rights of a grant, with which a call is made. */
export interface UsedRights {
  readonly identity: Identity
  /** The keys whose rights are used. */
  readonly holders: readonly Authenticated[]
}

export interface WatchRuntime extends Pick<ServiceRuntime, 'live'> {
  readonly bus: Pick<Bus, 'directory' | 'mayContinue'>
}

/**
 * Calls `onLost` once when the rights of a grant no longer cover a call that runs with them. A key that was replaced (`keys.rotate`) has passed its grants on: what `read`
 * gives decides, and the keys that the grants have now are watched. `read` rejects when there are no rights any more. Returns a function that ends the watch.
 */
export function watchRights(
  { bus, live }: WatchRuntime,
  call: { readonly callId: string; readonly operationId: string },
  { identity, holders }: UsedRights,
  read: () => Promise<UsedRights>,
  onLost: (reason: CallError) => void,
): () => void {
  let unwatch: (() => void)[] = []
  let isOver = false
  const stop = (): void => {
    isOver = true
    for (const end of unwatch) end()
  }
  const covers = (now: Identity): boolean =>
    mayGoOn(bus, call, identity, intersectRights(identity, now))
  const lose = (reason: CallError): void => {
    if (isOver) return
    stop()
    onLost(withUnknownOutcome(reason))
  }
  const onEnd = async (lost: string | undefined, reason: CallError): Promise<void> => {
    const now = await read().catch(() => undefined)
    const isKept = now?.holders.some((one) => one.identity.keyId === lost) === true
    if (now === undefined || isKept || !covers(now.identity)) lose(reason)
    else if (!isOver) {
      for (const end of unwatch) end()
      watch(now.holders)
    }
  }
  const watch = (keys: readonly Authenticated[]): void => {
    unwatch = keys.map((authenticated) =>
      live.watch({
        authenticated,
        end: (reason) => void onEnd(authenticated.identity.keyId, reason),
        allowed: (now) => covers(now.identity),
      }),
    )
  }
  watch(holders)
  return stop
}
