import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'

export interface RequestFacts {
  readonly requestId: string
  readonly accountId: string
  readonly provider: string
  readonly model: string
  readonly status: number
  readonly stream: boolean
  readonly durationMs: number
}

export interface HookFacts {
  readonly hook: string
  readonly callId: string
  readonly failure: 'failClosed' | 'failOpen'
}

/** What an operator should hear of requests to models. Never throws. */
export interface ProxyEvents {
  answered(facts: RequestFacts): void
  failed(facts: Omit<RequestFacts, 'status'>, why: string): void
  /** The provider refuses its key. An operator must replace the key. */
  keyRefused(provider: string): void
  /** A target failed several times in a row and gets no requests for a while. `target`: id of the provider, and model. */
  breakerOpened(target: string): void
  /** The operation of a hook failed; `failure` says what became of the texts. */
  hookFailed(facts: HookFacts, error: unknown): void
}

export function createEvents(runtime: ServiceRuntime<'inference-proxy'>): ProxyEvents {
  const { logger, metrics } = runtime
  const count = (provider: string, status: string): void =>
    metrics.counter(METRICS.inferenceRequests, provider, status).inc()
  return {
    answered: (facts) => {
      count(facts.provider, String(facts.status))
      // The ledger and the history have a row of it.
      logger.debug(facts, 'model answered')
    },
    failed: (facts, why) => {
      count(facts.provider, 'failed')
      logger.warn({ ...facts, why }, 'model request failed')
    },
    keyRefused: (provider) => {
      logger.error({ provider }, 'a provider did not accept its key')
    },
    breakerOpened: (target) => {
      logger.warn({ target }, 'a target failed several times in a row')
    },
    hookFailed: (facts, error) => {
      logger.error({ ...facts, err: error }, 'a hook could not check a call')
    },
  }
}
