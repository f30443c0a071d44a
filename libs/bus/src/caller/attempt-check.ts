import type { Counters } from '../counters.ts'
import type { Leases } from '../leases/leases.ts'
import type { BusLimits } from '../options.ts'
import type { CheckedFrame, CheckItem, Frame } from '../wire/frames.ts'
import { isRemote } from './attempt.ts'
import type { Attempt } from './attempt.ts'
import type { PendingCall } from './pending-call.ts'

const BATCH = 500
/** Providers keep the record of an attempt for longer than this. */
const KEPT_MS = 600_000
const NOT_KEPT = 'the answer was not kept'

export interface AttemptCheckOptions {
  readonly pending: ReadonlyMap<string, PendingCall>
  readonly leases: Leases
  readonly limits: BusLimits
  readonly counters: Counters
  send(instanceId: string, frame: Frame): void
}

/** Asks providers about pending attempts, so that a lost message is noticed before the call times out. */
export class AttemptCheck {
  readonly #options: AttemptCheckOptions

  constructor(options: AttemptCheckOptions) {
    this.#options = options
  }

  /** Asks about every attempt older than half a period, or about all. */
  ask(all: boolean): void {
    const { pending, limits } = this.#options
    const old = performance.now() - limits.checkMs / 2
    const groups = new Map<string, CheckItem[]>()
    for (const call of pending.values()) {
      const { attempt } = call
      if (!isRemote(attempt) || (!all && attempt.sentAt > old)) continue
      // Answers go to the id under which the attempt was made.
      const key = `${attempt.candidate.instanceId} ${attempt.from}`
      const group = groups.get(key)
      const item = checkItem(call, attempt)
      if (group === undefined) groups.set(key, [item])
      else group.push(item)
    }
    for (const [key, items] of groups) {
      const [to = '', from = ''] = key.split(' ')
      for (let at = 0; at < items.length; at += BATCH) {
        this.#options.counters.checksSent++
        const waiting = items.slice(at, at + BATCH)
        this.#options.send(to, { type: 'check', from, waiting, done: [] })
      }
    }
  }

  /** The reply of a provider about the attempts in a check. */
  onChecked({ unknown, evicted, streams }: CheckedFrame): void {
    for (const [callId, number] of unknown) {
      this.#with(callId, number, (call, attempt) => this.#onUnknown(call, attempt))
    }
    for (const [callId, number] of evicted) {
      this.#with(callId, number, (call) => call.lost(NOT_KEPT))
    }
    for (const [callId, number, sent] of streams) {
      this.#with(callId, number, (call, attempt) => {
        const missing = attempt.window.onAnnounced(sent)
        if (missing !== undefined) call.gap(missing)
      })
    }
  }

  /** Treats attempts as lost whose provider's lease has ended. */
  review(): void {
    const { pending, leases, counters } = this.#options
    const lost = new Set<string>()
    for (const call of [...pending.values()]) {
      const { attempt } = call
      if (!isRemote(attempt)) continue
      const { instanceId } = attempt.candidate
      if (!leases.isLost(instanceId, attempt.sentAt)) continue
      lost.add(instanceId)
      call.lost('its process is gone')
    }
    counters.instancesLost += lost.size
  }

  /** The attempt never arrived, so it may go to another provider; unless this instance was considered dead meanwhile and its attempts were evicted. */
  #onUnknown(call: PendingCall, attempt: Attempt): void {
    const { leases, counters } = this.#options
    const young = performance.now() - attempt.sentAt < KEPT_MS
    if (young && attempt.from === leases.instanceId && leases.sure) {
      counters.callsFoundUnknown++
      call.onUndelivered()
    } else call.lost(NOT_KEPT)
  }

  #with(callId: string, number: number, then: (call: PendingCall, attempt: Attempt) => void): void {
    const call = this.#options.pending.get(callId)
    const attempt = call?.attempt
    if (call !== undefined && attempt?.number === number && isRemote(attempt)) then(call, attempt)
  }
}

function checkItem({ header, isStream }: PendingCall, attempt: Attempt): CheckItem {
  if (!isStream) return [header.callId, attempt.number]
  const { received, upTo } = attempt.window
  return [header.callId, attempt.number, received, upTo]
}
