import type { InferenceConfig } from '@alkdev/config'
import type { Provider } from '../providers/provider.ts'
import type { Drain } from './drain.ts'
import { MinimumRate } from './minimum-rate.ts'

/** When a request to a provider has taken too long. */
export interface AttemptBounds {
  /** Milliseconds until the first content of a stream. */
  readonly firstContentMs: number
  /** Another target may follow: a stream that comes too slowly is ended for it. */
  readonly givesWay: boolean
}

/** Measures the stream of a request, which is ended when it is too slow. One that is read on without a client goes on. */
export function rateOf(
  { firstContentMs, givesWay }: AttemptBounds,
  { streamMinBytesPerSecond, streamRateMs }: InferenceConfig,
  provider: Provider,
  drain: Drain,
): MinimumRate {
  return new MinimumRate({
    provider,
    bytesPerSecond: givesWay ? streamMinBytesPerSecond : 0,
    measuredMs: streamRateMs,
    leftMs: firstContentMs,
    onSlow: (error) => {
      if (!drain.isDraining) drain.cancel(error)
    },
  })
}
