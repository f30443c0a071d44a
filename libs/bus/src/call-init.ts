import { CallError } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { overloaded } from './call-errors.ts'
import type { Caller } from './caller/caller.ts'
import type { PendingCallInit } from './caller/pending-call.ts'
import type { BusLimits } from './options.ts'
import type { Provider } from './provider/provider.ts'
import type { BusCallOptions, ServiceName } from './types.ts'

export type CallHead = Omit<PendingCallInit, 'consumer'>

export interface CallHeadOptions {
  readonly limits: BusLimits
  readonly service: ServiceName
  readonly caller: Caller
  readonly provider: Provider
  instanceId(): string
}

/** Makes the head of a call: fills in defaults, and what it inherits from the call in whose handler it is made. */
export class CallHeads {
  readonly #options: CallHeadOptions

  constructor(options: CallHeadOptions) {
    this.#options = options
  }

  /** The head, and why it is refused before a provider is looked for. */
  make(
    operationId: string,
    input: unknown,
    given: BusCallOptions,
    stream: boolean,
  ): { readonly head: CallHead; readonly refused?: CallError } {
    const { limits, service, caller, provider } = this.#options
    const { parentCallId } = given
    const parent = parentCallId === undefined ? undefined : provider.active.of(parentCallId)
    const depth = (parent?.depth ?? (parentCallId === undefined ? -1 : 0)) + 1
    const asked = given.timeoutMs ?? (stream ? Infinity : limits.callTimeoutMs)
    const left = Math.min(asked, parent?.leftMs ?? Infinity)
    const taken = given.callId !== undefined && caller.find(given.callId) !== undefined
    const head: CallHead = {
      // A second call of the same id must not get the row of the first.
      callId: given.callId === undefined || taken ? uuidv7() : given.callId,
      operationId,
      input,
      principal: given.principal,
      actor: given.actor ?? {
        kind: 'service',
        name: service,
        instanceId: this.#options.instanceId(),
      },
      depth,
      parentCallId,
      timeoutMs: left === Infinity ? undefined : Math.min(left, limits.maxCallTimeoutMs),
      idleTimeoutMs: stream ? (given.idleTimeoutMs ?? limits.subscriptionIdleTimeoutMs) : undefined,
      signal: given.signal,
      idempotencyKey: given.idempotencyKey,
      traceparent: given.traceparent,
      metadata: given.metadata,
    }
    const refused = taken
      ? new CallError('CONFLICT', `Call ${given.callId} is in flight already.`)
      : this.#refusal(depth)
    return refused === undefined ? { head } : { head, refused }
  }

  #refusal(depth: number): CallError | undefined {
    const { limits, caller } = this.#options
    const { maxCallDepth } = limits
    if (depth >= maxCallDepth) {
      return new CallError(
        'VALIDATION_ERROR',
        `Calls are nested deeper than ${maxCallDepth} levels.`,
        { maxCallDepth },
      )
    }
    return caller.size < limits.maxPending
      ? undefined
      : overloaded('Too many calls wait in this process.')
  }
}
