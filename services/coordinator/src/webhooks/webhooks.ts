import { AddressPolicy } from '@alkdev/outbound'
import type { ServiceRuntime } from '@alkdev/service'
import { DeliveryRunner } from './delivery-runner.ts'
import { createWebhookEvents } from './webhook-events.ts'

/** The webhooks of this process: the addresses that they may have, and the runner that sends deliveries. */
export class Webhooks {
  readonly policy: AddressPolicy
  readonly #runner: DeliveryRunner

  constructor(runtime: ServiceRuntime<'coordinator'>) {
    const { db, bus, config, deploymentId, draining } = runtime
    this.policy = new AddressPolicy(config.outbound)
    this.#runner = new DeliveryRunner({
      db,
      instanceId: () => bus.instanceId,
      ring: config.encryptionKeys,
      policy: this.policy,
      deploymentId,
      limits: config.webhooks,
      events: createWebhookEvents(runtime),
    })
    runtime.onReady('webhooks', () => this.#runner.start(draining))
    runtime.onDrain('webhooks', (signal) => this.#runner.drain(signal))
    runtime.onClose('webhooks', () => this.#runner.close())
  }

  /** Sends what is due, because a delivery was stored. */
  wake(): void {
    this.#runner.wake()
  }
}
