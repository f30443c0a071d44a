import type { CallHeader } from '@alkdev/contracts'
import { retryClassOf, roleRefusal } from '@alkdev/operations'
import type { CallError } from '@alkdev/operations'
import {
  fromFrameError,
  notFound,
  providerLost,
  providerUnavailable,
  spokeAttachedAgain,
  wrongKind,
} from '../call-errors.ts'
import type { StoredEntry } from '../directory/registry-store.ts'
import type { SpokeAttachment } from '../provided-call.ts'
import type { FrameError } from '../wire/frames.ts'
import type { Attempt } from './attempt.ts'
import type { CallRequest } from './call-request.ts'
import type { CallTools } from './call-tools.ts'
import type { Consumer } from './consumer.ts'
import { isCandidate } from './router.ts'
import type { Candidate } from './router.ts'
import { nextStep, stepWithoutProvider } from './routing-policy.ts'
import type { AttemptOutcome, CallFacts, RoutingStep } from './routing-policy.ts'

/** The result of the search: a provider and the reason for the choice, a request to read leases (and registry) first, or the end. */
export type Found =
  | { readonly kind: 'provider'; readonly candidate: Candidate; readonly route: string }
  | { readonly kind: 'refresh'; readonly registry: boolean }
  | { readonly kind: 'none'; readonly error: CallError }

const NONE: ReadonlySet<string> = new Set()

/** The search for a provider of one call: the attempts so far, their outcomes, and the next provider. It changes only its own state. */
export class CallSearch {
  /** The operation as the caller sees it, from the last lookup. */
  entry: StoredEntry | undefined
  /** Undefined until the operation is known, for a consumer that accepts either kind. */
  isStream: boolean | undefined
  /** Attempts made. */
  attempts = 0
  /** Why the provider of the last attempt was chosen. */
  route = ''
  readonly #header: CallHeader
  readonly #attachment: SpokeAttachment | undefined
  readonly #tools: Pick<CallTools, 'lookup' | 'router' | 'limits'>
  /** Attempts whose spoke or process was lost; refused and undelivered ones do not count. */
  #losses = 0
  #tried: Set<string> | undefined
  #last: AttemptOutcome | undefined
  #refusal: FrameError | undefined
  #refreshed = false
  #waitUntil: number | undefined

  constructor(
    { header, attachment }: Pick<CallRequest, 'header' | 'attachment'>,
    takes: Consumer['takes'],
    tools: Pick<CallTools, 'lookup' | 'router' | 'limits'>,
  ) {
    this.#header = header
    this.#attachment = attachment
    this.#tools = tools
    if (takes !== 'either') this.isStream = takes === 'stream'
  }

  /** The next provider. `note` is added to the reason of the choice. */
  next(note?: string): Found {
    const { operationId, principal, idempotencyKey } = this.#header
    const { lookup, router, limits } = this.#tools
    const entry = lookup(operationId, principal)
    this.entry = entry
    if (entry === undefined) return this.#refreshOr(this.#unknown(operationId))
    this.isStream ??= entry.spec.type === 'subscription'
    if (this.isStream !== (entry.spec.type === 'subscription')) return none(wrongKind(entry))
    if (principal.sessionId !== undefined && this.attempts === 0) {
      const refusal = roleRefusal(principal, entry.spec, operationId, this.#header.input)
      if (refusal !== undefined) return none(refusal)
    }
    if (this.attempts >= limits.maxAttempts) {
      return none(this.#noProvider('No provider takes the call.', 1000))
    }
    const key = retryClassOf(entry.spec) === 'keyed' ? idempotencyKey : undefined
    const picked = router.pick(entry, principal, this.#tried ?? NONE, key)
    if (!isCandidate(picked)) {
      return this.#refreshOr(this.#noProvider(picked.message, picked.retryAfterMs, picked.expected))
    }
    if (!this.#mayBeAt(picked)) return none(this.#attachedAgain())
    const route = note === undefined ? picked.why : `${picked.why}, ${note}`
    return { kind: 'provider', candidate: picked, route }
  }

  /** The spoke of this id if it has returned; undefined while it may still return; the end when its time is over. */
  sameSpoke(spokeId: string, lost: CallError): Found | undefined {
    const { operationId, principal } = this.#header
    const { lookup, router, limits } = this.#tools
    this.#waitUntil ??= performance.now() + limits.suspendedMs
    this.entry = lookup(operationId, principal) ?? this.entry
    const candidate = this.entry && router.pickSpoke(this.entry, spokeId, this.#tried ?? NONE)
    if (candidate !== undefined) {
      if (!this.#mayBeAt(candidate)) return none(lost)
      return { kind: 'provider', candidate, route: 'same spoke after PROVIDER_LOST' }
    }
    return performance.now() < this.#waitUntil ? undefined : none(lost)
  }

  /** An attempt starts. */
  onDispatched(route: string): void {
    this.attempts++
    this.route = route
    this.#refreshed = false
  }

  /** An attempt failed: returns the step of the policy. `refusal`: the error of the call when no provider is left. */
  onOutcome(
    outcome: AttemptOutcome,
    attempt: Attempt | undefined,
    refusal?: FrameError,
  ): RoutingStep {
    const step = nextStep(outcome, this.#facts(attempt))
    this.#last = outcome
    if (refusal !== undefined) this.#refusal = refusal
    if (outcome === 'lost' && step !== 'await-resume') this.#losses++
    return step
  }

  /** The attempt has ended: its provider is not chosen again. */
  onSettled({ candidate }: Attempt): void {
    ;(this.#tried ??= new Set()).add(candidate.key)
  }

  #facts(attempt: Attempt | undefined): CallFacts {
    const { entry } = this
    const retry = entry === undefined ? 'never' : retryClassOf(entry.spec)
    const { idempotencyKey } = this.#header
    return {
      retry: retry === 'keyed' && idempotencyKey === undefined ? 'never' : retry,
      resumable: entry?.spec.resumable === true,
      losses: this.#losses,
      received: attempt?.window.received ?? 0,
      atSpoke: attempt?.candidate.spokeId !== undefined,
      resumed: attempt?.resumed === true,
      parked: attempt?.parked === true,
    }
  }

  #mayBeAt({ target }: Candidate): boolean {
    const only = this.#attachment
    if (only === undefined || target.kind !== 'spoke') return true
    return target.spokeId === only.spokeId && target.epoch === only.epoch
  }

  #attachedAgain(): CallError {
    return this.#losses > 0 ? this.#noProvider('', 0) : spokeAttachedAgain()
  }

  #refreshOr(error: CallError): Found {
    const refreshed = this.#refreshed
    const local = this.entry?.service === 'local'
    if (stepWithoutProvider({ refreshed, last: this.#last, local }) === 'end') return none(error)
    this.#refreshed = true
    return { kind: 'refresh', registry: this.entry?.kind !== 'service' }
  }

  /** An operation that was called once and is unknown now may have run. */
  #unknown(operationId: string): CallError {
    return this.#losses > 0 ? this.#noProvider('', 0) : notFound(operationId)
  }

  /** `expected`: a provider may return until then; an operation without providers gives no such time. */
  #noProvider(message: string, retryAfterMs: number, expected = false): CallError {
    if (this.#losses > 0) {
      return providerLost('no other provider was found', this.isStream ? { received: 0 } : {})
    }
    const refusal = this.#refusal
    if (refusal === undefined) return providerUnavailable(message, retryAfterMs)
    const own = expected && refusal.code !== 'OVERLOADED' ? undefined : refusal.retryAfterMs
    return fromFrameError({ ...refusal, retryAfterMs: own ?? retryAfterMs })
  }
}

function none(error: CallError): Found {
  return { kind: 'none', error }
}
