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

/** What an operator should hear of requests to models. Never throws. */
export interface ProxyEvents {
  answered(facts: RequestFacts): void
  failed(facts: Omit<RequestFacts, 'status'>, why: string): void
  /** The provider does not accept its key: somebody has to mend it. */
  keyRefused(provider: string): void
}

export function createEvents(runtime: ServiceRuntime<'inference-proxy'>): ProxyEvents {
  const { logger, metrics } = runtime
  const requests = metrics.counter('alkhub_inference_requests_total', 'Requests to providers.')
  return {
    answered: (facts) => {
      requests.inc(1, { provider: facts.provider, status: String(facts.status) })
      logger.info(facts, 'model answered')
    },
    failed: (facts, why) => {
      requests.inc(1, { provider: facts.provider, status: 'failed' })
      logger.warn({ ...facts, why }, 'model request failed')
    },
    keyRefused: (provider) => {
      logger.error({ provider }, 'a provider did not accept its key')
    },
  }
}
