import { CodedError } from '@alkdev/errors'
import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import type { ClaimedDelivery } from '@alkdev/storage/webhooks'
import type { SendOutcome } from './send-delivery.ts'

interface DeliveryState {
  readonly pending: number
  readonly sending: number
}

/** Logs and counts the events of deliveries. Never throws. */
export interface WebhookEvents {
  /** `status`: what was recorded; undefined when another process had the claim. */
  attemptEnded(
    delivery: ClaimedDelivery,
    outcome: SendOutcome,
    status: 'delivered' | 'pending' | 'dead' | undefined,
  ): void
  notRecorded(delivery: ClaimedDelivery, error: unknown): void
  notClaimed(error: unknown): void
  state(state: DeliveryState): void
}

export function createWebhookEvents({
  logger,
  metrics,
}: Pick<ServiceRuntime, 'logger' | 'metrics'>): WebhookEvents {
  let state: DeliveryState = { pending: 0, sending: 0 }
  metrics.collect(METRICS.webhookQueue, () => ({ ...state }))
  return {
    attemptEnded({ id, webhookId, callId, attempts }, outcome, status) {
      const became = status === 'pending' ? 'failed' : (status ?? 'lost')
      metrics.counter(METRICS.webhookDeliveries, became).inc()
      const why = outcome.kind === 'failed' ? outcome.error : undefined
      const fields = { deliveryId: id, webhookId, callId, attempt: attempts, outcome: became, why }
      if (became === 'dead') logger.warn(fields, 'a delivery to a webhook is not repeated any more')
      else logger.debug(fields, 'an attempt to deliver to a webhook ended')
    },
    notRecorded: ({ id, webhookId }, error) => {
      metrics.counter(METRICS.webhookDeliveries, 'lost').inc()
      logger.warn(
        { err: error, deliveryId: id, webhookId },
        'the outcome of a delivery could not be recorded',
      )
    },
    notClaimed: (error) => {
      const level = CodedError.from(error).code === 'UNAVAILABLE' ? 'warn' : 'error'
      logger[level]({ err: error }, 'deliveries to webhooks could not be claimed')
    },
    state: (now) => {
      state = now
    },
  }
}
