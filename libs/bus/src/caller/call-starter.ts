import type { BusCallOptions, BusSubscription, CallResult, OpenedCall } from '../call.ts'
import type { CallRequest, CallRequests } from './call-request.ts'
import type { Caller } from './caller.ts'
import { answerConsumer, openConsumer } from './consumer.ts'
import type { PendingCall } from './pending-call.ts'
import { Subscription } from './subscription.ts'

/** The three ways to start a call: for an answer, for a stream, or for either. */
export class CallStarter {
  readonly #caller: Caller
  readonly #requests: CallRequests

  constructor(caller: Caller, requests: CallRequests) {
    this.#caller = caller
    this.#requests = requests
  }

  call(operationId: string, input: unknown, options: BusCallOptions): Promise<CallResult> {
    const consumer = answerConsumer()
    this.#caller.start(this.#requests.make(operationId, input, options), consumer)
    return consumer.promise
  }

  subscribe(operationId: string, input: unknown, options: BusCallOptions): BusSubscription {
    const request = this.#requests.make(operationId, input, options)
    const subscription = this.#subscription(request, () => call)
    const call = this.#caller.start(request, subscription)
    return subscription
  }

  open(operationId: string, input: unknown, options: BusCallOptions): Promise<OpenedCall> {
    const request = this.#requests.make(operationId, input, options)
    const consumer = openConsumer(() => {
      options.onStream?.()
      return this.#subscription(request, () => this.#caller.find(request.header.callId))
    })
    this.#caller.start(request, consumer)
    return consumer.promise
  }

  #subscription({ header, times }: CallRequest, call: () => PendingCall | undefined): Subscription {
    return new Subscription({
      callId: header.callId,
      idleTimeoutMs: times.idleMs,
      onRead: () => call()?.onRead(),
      onLeave: (reason) => call()?.abort(reason),
    })
  }
}
