import type { ServiceConfig } from '@alkdev/config'
import { webhookSecretPlace } from '@alkdev/contracts'
import type { KeyRing } from '@alkdev/crypto'
import { createOutboundAgent } from '@alkdev/outbound'
import type { AddressPolicy, OutboundAgentOptions } from '@alkdev/outbound'
import { sleep } from '@alkdev/std'
import {
  claimDeliveries,
  listWebhookSecrets,
  readDeliveryState,
  recordDelivery,
} from '@alkdev/storage/webhooks'
import type { Db } from '@alkdev/storage'
import type { ClaimedDelivery } from '@alkdev/storage/webhooks'
import { repeatUntil } from '../jobs/repeat-until.ts'
import { backOffMs } from './back-off.ts'
import { sendDelivery } from './send-delivery.ts'
import type { SendOutcome } from './send-delivery.ts'
import type { WebhookEvents } from './webhook-events.ts'

/** Milliseconds between two readings of the due deliveries. */
const SWEEP_MS = 1000
/** Milliseconds of a claim beyond the time of a request, in which its outcome is recorded. */
const RECORD_MS = 10_000
/** Milliseconds between two attempts to record an outcome. */
const RECORD_RETRY_MS = 500
const MAX_CLAIM = 64

export interface DeliveryRunnerOptions {
  readonly db: Db
  /** The present id of this process, see `Bus`. */
  readonly instanceId: () => string
  readonly ring: KeyRing
  readonly policy: AddressPolicy
  readonly deploymentId: string
  readonly limits: ServiceConfig<'coordinator'>['webhooks']
  readonly events: WebhookEvents
  /** Milliseconds before the next attempt. Default: `backOffMs`. */
  readonly backOff?: (attempts: number) => number
  /** Looks names up. For tests. */
  readonly resolve?: OutboundAgentOptions['resolve']
}

/**
 * Sends deliveries: claims those that are due while it has free places, sends each once, and records the outcome. A claim lasts longer than
 * the request; when its process is gone, another one claims the delivery again, so that it arrives at least once.
 */
export class DeliveryRunner {
  readonly #options: DeliveryRunnerOptions
  readonly #agent: ReturnType<typeof createOutboundAgent>
  readonly #sending = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #stopped = true
  #claiming: Promise<void> | undefined
  #again = false

  constructor(options: DeliveryRunnerOptions) {
    this.#options = options
    const { timeoutMs } = options.limits
    this.#agent = createOutboundAgent(options.policy, {
      connectTimeoutMs: timeoutMs,
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      ...(options.resolve !== undefined && { resolve: options.resolve }),
    })
  }

  /** Claims until `draining` aborts. */
  start(draining: AbortSignal): void {
    const { db, events } = this.#options
    const onError = (error: unknown): void => events.notClaimed(error)
    this.#stopped = false
    void repeatUntil({ everyMs: SWEEP_MS, signal: draining, onError }, async () => {
      this.wake()
      events.state(await readDeliveryState(db))
    })
  }

  /** Claims deliveries, because some may be due. */
  wake(): void {
    this.#again = true
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = undefined
      // A wake-up between the last claim and here.
      if (this.#again && !this.#stopped) this.wake()
    })
  }

  /** Claims no more, and waits for the requests in flight until `signal` aborts; those that are left then end and are due again. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#stopped = true
    const stop = (): void => this.#stopping.abort()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      await this.#claiming
      await Promise.all(this.#sending)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Ends all requests and connections. */
  async close(): Promise<void> {
    this.#stopped = true
    this.#stopping.abort()
    await this.#claiming
    await Promise.all(this.#sending)
    await this.#agent.destroy()
  }

  async #claim(): Promise<void> {
    const { db, instanceId, limits, events } = this.#options
    const { concurrency, maxPerWebhook, maxPerAccount, timeoutMs } = limits
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        const limit = Math.min(MAX_CLAIM, concurrency - this.#sending.size)
        // The end of a request claims again.
        if (limit < 1) return
        const leaseMs = timeoutMs + RECORD_MS
        const from = performance.now()
        const asked = {
          workerInstanceId: instanceId(),
          leaseMs,
          limit,
          maxPerWebhook,
          maxPerAccount,
        }
        // oxlint-disable-next-line no-await-in-loop -- one claim after the other
        const claims = await claimDeliveries(db, asked)
        for (const claim of claims) this.#send(claim, from + leaseMs)
        if (claims.length === limit) this.#again = true
      }
    } catch (error) {
      // The next sweep claims again.
      events.notClaimed(error)
    }
  }

  #send(delivery: ClaimedDelivery, heldUntil: number): void {
    const sending = this.#sendAndRecord(delivery, heldUntil).finally(() => {
      this.#sending.delete(sending)
      this.wake()
    })
    this.#sending.add(sending)
  }

  async #sendAndRecord(delivery: ClaimedDelivery, heldUntil: number): Promise<void> {
    const { db, events, backOff = backOffMs } = this.#options
    const outcome = await this.#attempt(delivery)
    const isStopped = this.#stopping.signal.aborted
    const delayMs = isStopped ? 0 : backOff(delivery.attempts)
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- until it is recorded
        const status = await recordDelivery(
          db,
          delivery,
          outcome.kind === 'failed' ? { ...outcome, delayMs } : outcome,
        )
        events.attemptEnded(delivery, outcome, status)
        return
      } catch (error) {
        // Its claim ends then, and it is sent again.
        if (this.#stopping.signal.aborted || performance.now() >= heldUntil) {
          events.notRecorded(delivery, error)
          return
        }
        // oxlint-disable-next-line no-await-in-loop -- as above
        await sleep(RECORD_RETRY_MS, this.#stopping.signal).catch(() => undefined)
      }
    }
  }

  /** Never rejects. */
  async #attempt(delivery: ClaimedDelivery): Promise<SendOutcome> {
    const { db, ring, deploymentId, limits } = this.#options
    const { webhookId, url } = delivery
    let sealed: Awaited<ReturnType<typeof listWebhookSecrets>>
    try {
      sealed = await listWebhookSecrets(db, webhookId)
    } catch {
      const error = 'The database did not give the secret of the webhook.'
      return { kind: 'failed', httpStatus: undefined, error }
    }
    const secrets = sealed.flatMap(({ id, value }) => {
      try {
        return [ring.decryptText(value, webhookSecretPlace(webhookId, id, url))]
      } catch {
        return []
      }
    })
    if (secrets.length === 0) {
      const error = 'The secret of the webhook could not be decrypted. Rotate it.'
      return { kind: 'failed', httpStatus: undefined, error }
    }
    return sendDelivery(delivery, {
      dispatcher: this.#agent,
      secrets,
      deploymentId,
      timeoutMs: limits.timeoutMs,
      signal: this.#stopping.signal,
    })
  }
}
