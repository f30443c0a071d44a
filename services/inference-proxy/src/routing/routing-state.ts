import type { ServiceRuntime } from '@alkdev/service'
import { CircuitBreakers } from './circuit-breakers.ts'
import { KeyBench } from './key-bench.ts'
import { ResponsePins } from './response-pins.ts'

/** What the proxy knows of targets and keys from earlier requests. */
export interface RoutingState {
  /** Which targets get no requests because they failed. */
  readonly breakers: CircuitBreakers
  /** Which API keys their providers refused. */
  readonly bench: KeyBench
  /** Which provider and key made a response. */
  readonly pins: ResponsePins
}

export function createRoutingState(runtime: ServiceRuntime<'inference-proxy'>): RoutingState {
  const { inference } = runtime.config
  return {
    breakers: new CircuitBreakers({
      failures: inference.breakerFailures,
      openMs: inference.breakerOpenMs,
    }),
    bench: new KeyBench(inference.keyBenchMs),
    pins: new ResponsePins({
      redis: runtime.redis,
      prefix: runtime.config.redis.prefix,
      pinMs: inference.responsePinMs,
      onError: (error) =>
        runtime.logger.warn({ err: error }, 'Redis could not be asked for a response'),
    }),
  }
}
