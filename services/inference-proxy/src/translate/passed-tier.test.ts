import { expect, test } from 'vitest'
import { passedTier } from './passed-tier.ts'

test.each([
  ['chat', 'responses', { service_tier: 'flex' }, { service_tier: 'flex' }, 'flex'],
  ['responses', 'chat', { service_tier: 'fast' }, { service_tier: 'fast' }, 'priority'],
  [
    'responses',
    'messages',
    { service_tier: 'default' },
    { service_tier: 'standard_only' },
    'default',
  ],
  ['messages', 'chat', { service_tier: 'standard_only' }, { service_tier: 'default' }, 'default'],
  ['chat', 'google', { service_tier: 'flex' }, { serviceTier: 'flex' }, 'flex'],
  ['messages', 'google', { service_tier: 'standard_only' }, { serviceTier: 'standard' }, 'default'],
] as const)('a tier of %s has a counterpart in %s', (from, into, body, members, service) => {
  expect(passedTier(from, into, body)).toEqual({ members, tiers: { service }, lost: [] })
})

test.each([
  ['chat', 'messages', { service_tier: 'flex' }, ['service_tier']],
  ['responses', 'messages', { service_tier: 'priority' }, ['service_tier']],
  ['messages', 'responses', { speed: 'fast' }, ['speed']],
  ['chat', 'package', { service_tier: 'flex' }, ['service_tier']],
  ['chat', 'google', { service_tier: 'scale' }, ['service_tier']],
  ['chat', 'responses', { service_tier: 7 }, ['service_tier']],
] as const)('a tier of %s without a counterpart in %s is left out', (from, into, body, lost) => {
  expect(passedTier(from, into, body)).toEqual({ members: {}, tiers: undefined, lost })
})

test.each([{}, { service_tier: null }, { service_tier: 'auto' }, { speed: 'standard' }])(
  'nothing is lost of a request that leaves its tier to the provider: %j',
  (body) => {
    expect(passedTier('chat', 'messages', body)).toMatchObject({ members: {}, lost: [] })
  },
)
