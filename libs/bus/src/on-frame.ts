import type { Broadcast } from './broadcast.ts'
import type { Caller } from './caller/caller.ts'
import type { Counters } from './counters.ts'
import type { RegistrySync } from './directory/registry-sync.ts'
import type { Leases } from './leases/leases.ts'
import type { SubscriptionProbe } from './leases/subscription-probe.ts'
import type { Provider } from './provider/provider.ts'
import { instanceTopic } from './transport/transport.ts'
import type { TransportEvents } from './transport/transport.ts'

export interface FrameReceivers {
  readonly broadcast: Broadcast
  readonly caller: Caller
  readonly counters: Counters
  readonly leases: Leases
  readonly probe: SubscriptionProbe
  readonly provider: Provider
  readonly sync: RegistrySync
}

/** Passes each frame that arrives to the part of the bus that handles it. */
export function frameHandler(receivers: FrameReceivers): TransportEvents['onFrame'] {
  const { broadcast, caller, counters, leases, probe, provider, sync } = receivers
  return (topic, frame, bytes) => {
    switch (frame.type) {
      case 'request':
        provider.onRequest(frame, topic !== instanceTopic(leases.instanceId), bytes)
        break
      case 'respond':
      case 'item':
      case 'complete':
      case 'error':
      case 'refuse':
      case 'lost':
      case 'receipt':
        caller.onProviderFrame(frame)
        break
      case 'abort':
        provider.onAbort(frame)
        break
      case 'credit':
        provider.onCredit(frame)
        break
      case 'check':
        provider.onCheck(frame)
        break
      case 'checked':
        caller.onChecked(frame)
        break
      case 'change':
        sync.announced(frame.change)
        break
      case 'query':
        broadcast.onQuery(frame)
        break
      case 'reply':
        broadcast.onReply(frame)
        break
      case 'large':
        // Its text no longer exists. An answer is sent again after the next check; a request was not started.
        if (frame.of === 'request') provider.onRequestMissing(frame)
        break
      case 'ping':
        probe.onPong()
        break
      default:
        counters.messagesMalformed++
    }
  }
}
