import type { Counters } from '../counters.ts'
import type { Leases } from '../leases/leases.ts'
import type { BusLimits } from '../options.ts'
import type { CheckedFrame, Frame } from '../wire/frames.ts'
import type { Attempt } from './attempt.ts'
import type { PendingCall } from './pending-call.ts'

const BATCH = 500
/** Providers keep what they know of an attempt for longer than this. */
const KEPT_MS = 600_000

export interface CallCheckOptions {
  readonly pending: ReadonlyMap<string, PendingCall>
  readonly leases: Leases
  readonly limits: BusLimits
  readonly counters: Counters
  send(instanceId: string, frame: Frame): void
}

/** Asks providers about what is waited for, so that a lost message is noticed without waiting for a time-out. */
export class CallCheck {
  readonly #options: CallCheckOptions

  constructor(options: CallCheckOptions) {
    this.#options = options
  }

  /** Asks about every attempt older than half a period, or about all. */
  ask(all: boolean): void {
    const { pending, limits } = this.#options
    const old = performance.now() - limits.checkMs / 2
    const groups = new Map<string, [PendingCall, Attempt][]>()
    for (const call of pending.values()) {
      const { attempt } = call
      if (!isRemote(attempt) || (!all && attempt.sentAt > old)) continue
      // Answers go to the id under which the attempt was made.
      const key = `${attempt.candidate.instanceId} ${attempt.from}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [[call, attempt]])
      else group.push([call, attempt])
    }
    for (const [key, calls] of groups) {
      const [to = '', from = ''] = key.split(' ')
      for (let at = 0; at < calls.length; at += BATCH)
        this.#send(to, from, calls.slice(at, at + BATCH))
    }
  }

  /** What a provider said. */
  told({ unknown, forgotten, streams }: CheckedFrame): void {
    for (const [callId, n] of unknown)
      this.#with(callId, n, (call, attempt) => this.#unknown(call, attempt))
    for (const [callId, n] of forgotten)
      this.#with(callId, n, (call) => call.lost('the answer was not kept'))
    for (const [callId, n, sent] of streams) {
      this.#with(callId, n, (call, attempt) => {
        // Large items are fetched aside, so that they may still be on their way at the first word.
        const announced = attempt.announced ?? 0
        if (attempt.received < announced) call.gap(announced)
        else attempt.announced = sent
      })
    }
  }

  /** Gives up on providers whose lease is over. */
  review(): void {
    const { pending, leases, counters } = this.#options
    const lost = new Set<string>()
    for (const call of [...pending.values()]) {
      const { attempt } = call
      if (!isRemote(attempt) || !leases.isLost(attempt.candidate.instanceId, attempt.sentAt))
        continue
      lost.add(attempt.candidate.instanceId)
      call.lost('its process is gone')
    }
    counters.instancesLost += lost.size
  }

  /** Never arrived, so it is free to go elsewhere; unless this instance was given up meanwhile and forgotten by the provider. */
  #unknown(call: PendingCall, attempt: Attempt): void {
    const { leases, counters } = this.#options
    const young = performance.now() - attempt.sentAt < KEPT_MS
    if (young && attempt.from === leases.instanceId && leases.sure) {
      counters.callsFoundUnknown++
      call.notDelivered()
    } else call.lost('the answer was not kept')
  }

  #with(callId: string, n: number, then: (call: PendingCall, attempt: Attempt) => void): void {
    const call = this.#options.pending.get(callId)
    if (call?.attempt?.n === n && isRemote(call.attempt)) then(call, call.attempt)
  }

  #send(to: string, from: string, calls: readonly [PendingCall, Attempt][]): void {
    this.#options.counters.checksSent++
    const waiting = calls.map(([{ init }, { n, received, upTo }]) =>
      init.consumer.stream
        ? ([init.callId, n, received, upTo] as const)
        : ([init.callId, n] as const),
    )
    this.#options.send(to, { k: 'check', from, waiting, done: [] })
  }
}

/** In flight at another instance. */
function isRemote(attempt: Attempt | undefined): attempt is Attempt {
  return attempt !== undefined && attempt.run === undefined && attempt.parked !== true
}
