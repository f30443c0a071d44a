import { uuidv7 } from '@alkdev/std'
import type { LedgerAmounts, OpeningCall, SettledAttempt, SettledCall } from './ledger-call.ts'

export const ACCOUNT = '00000000-0000-7000-8000-00000000000a'

/** A call of the account that can use 100 tokens and 1,000 micros. */
export function openingCall(given: Partial<OpeningCall> = {}): OpeningCall {
  return {
    id: uuidv7(),
    accountId: ACCOUNT,
    endpoint: 'chat/completions',
    requestedModel: 'acme/small',
    streamed: false,
    startedAt: new Date(),
    subjects: [
      ['account', ACCOUNT],
      ['model', 'acme/small'],
    ],
    targets: ['acme/small'],
    provider: 'acme',
    model: 'small',
    inputEstimate: 10,
    worstTokens: 100,
    worstMicros: 1000,
    leaseMs: 60_000,
    ...given,
  }
}

const NOTHING: LedgerAmounts = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  audioInput: 0,
  audioOutput: 0,
  costMicros: 0,
  unpriced: false,
  priceVersion: null,
  usageSource: 'none',
  upstreamRequestId: null,
  firstTokenMs: null,
  totalMs: 1,
}

/** Its end, with one attempt that used so much; without an amount: with none. */
export function settledCall(
  opened: OpeningCall,
  used?: { readonly tokens: number; readonly micros: number },
  given: Partial<SettledCall> = {},
): SettledCall {
  const { inputEstimate: _i, worstTokens: _t, worstMicros: _m, leaseMs: _l, ...caller } = opened
  const amounts: LedgerAmounts =
    used === undefined
      ? NOTHING
      : { ...NOTHING, input: used.tokens, costMicros: used.micros, usageSource: 'provider' }
  const attempt: SettledAttempt = {
    ...amounts,
    attempt: 1,
    provider: 'acme',
    model: 'small',
    target: 'acme/small',
    tokens: used?.tokens ?? 0,
    status: 200,
    code: null,
    startedAt: opened.startedAt,
  }
  return {
    ...caller,
    ...amounts,
    provider: 'acme',
    model: 'small',
    status: 200,
    code: null,
    attempts: used === undefined ? [] : [attempt],
    inconsistent: false,
    endedBy: 'done',
    truncated: false,
    settledBy: 'proxy',
    endedAt: new Date(),
    ...given,
  }
}
