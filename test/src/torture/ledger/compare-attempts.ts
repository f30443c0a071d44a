import type { JournalEntry } from './journal-upstream.ts'
import { askedTier } from './make-call.ts'
import type { ClientCall } from './make-call.ts'

/** US dollars per million tokens of every model of the torture. */
export const PRICES = { input: 2, cacheRead: 0.5, cacheWrite5m: 2.5, output: 10 } as const
/** How many times as much tiers cost. */
export const TIERS: Readonly<Record<string, number>> = { flex: 0.5, batch: 0.5, priority: 2 }

export interface AttemptRow extends Record<string, unknown> {
  readonly status: number | null
  readonly code: string | null
  readonly usage_source: string
  readonly price_version: string | null
  readonly input: number
  readonly cache_read: number
  readonly cache_write: number
  readonly output: number
  readonly cost: number | null
}

/** The tier that an attempt was priced in; empty for the default. */
const tierOf = ({ price_version }: AttemptRow): string => price_version?.split('/')[1] ?? ''

/** The cost of tokens in micros, in the tier that the row names. The prices are fourths, so that the sum is exact; it is rounded half up. */
export function costOf(attempt: AttemptRow): number {
  const { input, cache_read, cache_write, output } = attempt
  const { input: price, cacheRead, cacheWrite5m, output: outputPrice } = PRICES
  const tier = tierOf(attempt)
  return Math.round(
    (tier === '' ? 1 : (TIERS[tier] ?? NaN)) *
      (input * price + cache_read * cacheRead + cache_write * cacheWrite5m + output * outputPrice),
  )
}

/** The tier of an answer that names none: the dearer of the one that was asked for and the default. A provider that is asked in another protocol gets no tier. */
function unnamedTier({ wire, number }: ClientCall, entry: JournalEntry): string {
  const isPassed = wire === entry.wire
  return isPassed && askedTier(wire, number).service_tier === 'priority' ? 'priority' : ''
}

/** Whether the row names the tier of the answer; of an estimate, which may have ended before the answer named it, also the other one. */
function isTier(call: ClientCall, attempt: AttemptRow, entry: JournalEntry): boolean {
  const unnamed = unnamedTier(call, entry)
  const named = entry.tier === undefined ? unnamed : entry.tier
  const said = named === 'default' || named === 'standard' ? '' : named
  const tier = tierOf(attempt)
  return tier === said || (attempt.usage_source === 'estimate' && tier === unnamed)
}

/** Tokens of so much text where the provider reports none: one for each 4 bytes that were begun. */
const estimated = (bytes: number): number => Math.ceil(bytes / 4)

interface AttemptFaults {
  attempts: number
  costs: number
  tokens: number
  sources: number
}

/** Compares the attempts of a call with the requests of the journal, one by one. */
export function compareAttempts(
  call: ClientCall & { readonly wasFrozen: boolean },
  attempts: readonly AttemptRow[],
  entries: readonly JournalEntry[],
  faults: AttemptFaults,
): void {
  // The client may leave before the last request is sent, and a proxy that was frozen may use a connection that the provider has closed
  // meanwhile. The hub cannot know whether the request arrived.
  const last = attempts.at(-1)
  const wasUnsent =
    (call.hasLeft || (call.wasFrozen && last?.code === 'PROVIDER_UNAVAILABLE')) &&
    last?.status === null &&
    attempts.length === entries.length + 1
  if (attempts.length !== entries.length && !wasUnsent) {
    faults.attempts += 1
    return
  }
  for (const [at, entry] of entries.entries()) {
    const attempt = attempts[at]
    if (attempt !== undefined)
      compareAttempt(call, attempt, entry, at === entries.length - 1, faults)
  }
}

function compareAttempt(
  call: ClientCall,
  attempt: AttemptRow,
  entry: JournalEntry,
  isLast: boolean,
  faults: AttemptFaults,
): void {
  const hasLeft = call.hasLeft && isLast
  // The answer of a provider may be on its way when the client leaves.
  const isStatus = attempt.status === (entry.status ?? null) || (hasLeft && attempt.status === null)
  if (!isStatus) faults.attempts += 1
  if (attempt.usage_source !== 'none' && !isTier(call, attempt, entry)) faults.costs += 1
  switch (attempt.usage_source) {
    case 'provider':
      if (!entry.isReported) faults.sources += 1
      else if (!equals(attempt, entry)) faults.tokens += 1
      return
    case 'none':
      if (entry.status !== 503) faults.sources += 1
      else if (attempt.input + attempt.output + (attempt.cost ?? 0) > 0) faults.tokens += 1
      return
    default:
      if ((entry.isReported && !hasLeft) || (entry.status === 503 && !hasLeft)) faults.sources += 1
      else if (!isEstimate(call, attempt, entry, hasLeft)) faults.tokens += 1
  }
}

function equals(attempt: AttemptRow, { tokens }: JournalEntry): boolean {
  return (
    attempt.input === tokens.input &&
    attempt.cache_read === tokens.cacheRead &&
    attempt.cache_write === tokens.cacheWrite &&
    attempt.output === tokens.output
  )
}

/** Input as the body gives it, or as a message reported it at its start; output as the delivered text gives it. */
function isEstimate(
  call: ClientCall,
  attempt: AttemptRow,
  entry: JournalEntry,
  hasLeft: boolean,
): boolean {
  const isReported = equals({ ...attempt, output: entry.tokens.output }, entry)
  const isOfBody =
    attempt.input === estimated(call.bodyBytes) &&
    attempt.cache_read === 0 &&
    attempt.cache_write === 0
  const isInput =
    entry.isStarted && !hasLeft ? isReported : isOfBody || (entry.isStarted && isReported)
  if (!isInput) return false
  if (!hasLeft) {
    // Of a stream that was cut, what the client got counts; of all others, what the provider sent.
    const bytes = entry.act === 'cut' ? call.textBytes : entry.textBytes
    return attempt.output === estimated(bytes)
  }
  // Between what the client has got and what the provider has sent when the client left.
  return attempt.output >= estimated(call.textBytes) && attempt.output <= estimated(entry.textBytes)
}
