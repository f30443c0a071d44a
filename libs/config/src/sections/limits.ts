import { DEFAULT_LIMITS } from '@alkdev/contracts'
import type { Static } from '@alkdev/typebox'
import { bytes, count, ms, section } from '../field.ts'

export const LimitsConfig = section('Limits of calls and callers, the same in all services.', {
  callTimeoutMs: ms(DEFAULT_LIMITS.callTimeoutMs, 'Default time of a query or mutation.'),
  maxCallTimeoutMs: ms(DEFAULT_LIMITS.maxCallTimeoutMs, 'Longest time that a caller may request.'),
  subscriptionIdleTimeoutMs: ms(
    DEFAULT_LIMITS.subscriptionIdleTimeoutMs,
    'Time without an item after which a subscription ends.',
  ),
  maxCallDepth: count(DEFAULT_LIMITS.maxCallDepth, 'Maximum depth of nested calls.', 1, 64),
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
  requestsPerDay: section('Requests per calendar day in UTC; 0 = no limit.', {
    key: count(0, 'Of one API key.'),
    account: count(0, 'Of one account.'),
    organization: count(0, 'Of one organization.'),
  }),
  requestsPerMonth: section('Requests per calendar month in UTC; 0 = no limit.', {
    key: count(0, 'Of one API key.'),
    account: count(0, 'Of one account.'),
    organization: count(0, 'Of one organization.'),
  }),
  keyCacheEntries: count(50_000, 'Number of API keys in the cache of a process.', 100, 5_000_000),
  keyCacheTtlMs: ms(
    60_000,
    'How long a process caches an API key before it reads it again.',
    1000,
    3_600_000,
  ),
})
export type LimitsConfig = Static<typeof LimitsConfig>
