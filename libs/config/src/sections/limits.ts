import { DEFAULT_LIMITS } from '@alkdev/contracts'
import type { Static } from '@alkdev/typebox'
import { bytes, count, ms, section } from '../field.ts'

export const LimitsConfig = section('Limits of calls and callers, the same in all services.', {
  callTimeoutMs: ms(
    DEFAULT_LIMITS.callTimeoutMs,
    'Time of a query or mutation when none is given.',
  ),
  maxCallTimeoutMs: ms(DEFAULT_LIMITS.maxCallTimeoutMs, 'Longest time that may be asked for.'),
  subscriptionIdleTimeoutMs: ms(
    DEFAULT_LIMITS.subscriptionIdleTimeoutMs,
    'Silence after which a subscription ends.',
  ),
  maxCallDepth: count(DEFAULT_LIMITS.maxCallDepth, 'Nested calls below one another.', 1, 64),
  maxPayloadBytes: bytes(DEFAULT_LIMITS.maxPayloadBytes, 'Largest input or output of a call.'),
  maxInFlight: count(4096, 'Calls that one process executes at a time.', 1, 1_000_000),
  maxStreamsPerKey: count(
    100,
    'Event streams that one API key may have open at one gateway.',
    1,
    100_000,
  ),
  requestsPerMinute: section('Requests per minute; 0 = no limit.', {
    key: count(0, 'Of one API key.'),
    account: count(0, 'Of one account.'),
    organization: count(0, 'Of one organization.'),
  }),
  requestsPerDay: section('Requests of a day of the calendar, in UTC; 0 = no limit.', {
    key: count(0, 'Of one API key.'),
    account: count(0, 'Of one account.'),
    organization: count(0, 'Of one organization.'),
  }),
  requestsPerMonth: section('Requests of a month of the calendar, in UTC; 0 = no limit.', {
    key: count(0, 'Of one API key.'),
    account: count(0, 'Of one account.'),
    organization: count(0, 'Of one organization.'),
  }),
  keyCacheEntries: count(50_000, 'API keys that a process remembers.', 100, 5_000_000),
  keyCacheTtlMs: ms(
    60_000,
    'How long a process remembers an API key without looking again.',
    1000,
    3_600_000,
  ),
})
export type LimitsConfig = Static<typeof LimitsConfig>
