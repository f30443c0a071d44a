import type { RetryClass } from '@alkdev/operations'

/**
 * How an attempt failed.
 * - `refused`: its provider has not started it and never will.
 * - `full`: refused with OVERLOADED.
 * - `undelivered`: no provider received it.
 * - `lost`: its provider disappeared and may have run it.
 * - `late`: the deadline of the call has passed.
 */
export type AttemptOutcome = 'refused' | 'full' | 'undelivered' | 'lost' | 'late'

/**
 * What the call does next.
 * - `reroute`: try the next provider.
 * - `same-spoke`: wait until the spoke is back, then dispatch the call to it once more.
 * - `await-resume`: wait until the spoke is back and reports that it has kept the call.
 * - `end-lost`: end with PROVIDER_LOST, outcome unknown.
 * - `end-late`: end with TIMEOUT.
 */
export type RoutingStep = 'reroute' | 'same-spoke' | 'await-resume' | 'end-lost' | 'end-late'

const STEPS: Readonly<Record<AttemptOutcome, Readonly<Record<RetryClass, RoutingStep>>>> = {
  refused: { safe: 'reroute', keyed: 'reroute', never: 'reroute' },
  full: { safe: 'reroute', keyed: 'reroute', never: 'reroute' },
  undelivered: { safe: 'reroute', keyed: 'reroute', never: 'reroute' },
  lost: { safe: 'reroute', keyed: 'same-spoke', never: 'end-lost' },
  late: { safe: 'end-late', keyed: 'end-late', never: 'end-late' },
}

/** Added to the route of an attempt that follows one with this outcome. */
export const REROUTE_NOTES: Readonly<Partial<Record<AttemptOutcome, string>>> = {
  undelivered: 'never arrived',
  lost: 'retry after PROVIDER_LOST',
}

/** The input of the policy. */
export interface CallFacts {
  /** The operation's retry class; `never` for a `keyed` operation that is called without a key. */
  readonly retry: RetryClass
  /** The operation is resumable. */
  readonly resumable: boolean
  /** Attempts of this call that were lost before this outcome. */
  readonly losses: number
  /** Stream items received of this attempt. */
  readonly received: number
  /** The attempt was dispatched to a spoke, not to a service. */
  readonly atSpoke: boolean
  /** The spoke had kept the attempt over a reconnect, so it was started. */
  readonly resumed: boolean
  /** The attempt was lost before, and its spoke has not returned with it in time. */
  readonly parked: boolean
}

/** The next step of a call after one of its attempts failed. */
export function nextStep(outcome: AttemptOutcome, facts: CallFacts): RoutingStep {
  const { retry } = facts
  if (outcome === 'late') return STEPS.late[retry]
  if (outcome === 'lost') {
    if (facts.resumable && facts.atSpoke) return facts.parked ? 'end-lost' : 'await-resume'
    // A stream that has delivered an item is not started again.
    if (facts.received > 0) return 'end-lost'
    // At most one repetition, counted by losses: refused and undelivered attempts did not run.
    if (retry === 'keyed' && (!facts.atSpoke || facts.losses > 0)) return 'end-lost'
    return STEPS.lost[retry]
  }
  if (facts.resumed) return 'end-lost'
  // An earlier attempt may have run: a keyed call may go only to the same spoke, and a call of class `never` to no provider.
  if (facts.losses > 0 && retry !== 'safe') return STEPS.lost[retry]
  return STEPS[outcome][retry]
}

export interface SearchFacts {
  /** The leases and the registry were read since the last attempt. */
  readonly refreshed: boolean
  /** Outcome of the last attempt; undefined when there was none. */
  readonly last: AttemptOutcome | undefined
  /** Only this process executes the operation. */
  readonly local: boolean
}

/**
 * The step of a call when no provider is left: refresh the leases and the registry once and route again, or end. Refreshing does not help
 * when an overloaded provider was reached, or the operation is local.
 */
export function stepWithoutProvider(facts: SearchFacts): 'refresh' | 'end' {
  return facts.refreshed || facts.local || facts.last === 'full' ? 'end' : 'refresh'
}
