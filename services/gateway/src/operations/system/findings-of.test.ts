import { SERVICE_NAMES } from '@alkdev/contracts'
import type { SystemInstance, SystemInvariant } from '@alkdev/contracts'
import { expect, test } from 'vitest'
import { findingsOf } from './findings-of.ts'
import type { HubState } from './findings-of.ts'

const instance = (
  service: SystemInstance['service'],
  more: Partial<SystemInstance> = {},
): SystemInstance => ({
  instanceId: `${service}-1`,
  service,
  status: 'ready',
  startedAt: '2026-11-28T00:00:00.000Z',
  calls: 0,
  answeredMs: 2,
  ...more,
})
function invariant(name: string, broken: number): SystemInvariant {
  return { name, broken, counts: `things of ${name}`, keptBy: 'coordinator' }
}
const whole: HubState = {
  instances: SERVICE_NAMES.map((service) => instance(service)),
  postgres: { answeredMs: 1, schemaLevel: 40, clockAheadMs: 3 },
  redis: { answeredMs: 1, usedBytes: 10, maxBytes: 0, evictionPolicy: 'noeviction' },
  invariants: [invariant('mergesLeft', 0), invariant('abortsLeft', 0)],
}
const badOf = (state: Partial<HubState>) =>
  findingsOf({ ...whole, ...state }).filter((one) => one.state !== 'ok')
const withMcp = (...instances: readonly SystemInstance[]) => ({
  instances: [...whole.instances.filter(({ service }) => service !== 'mcp'), ...instances],
})

test('a whole hub has one line for each service and server, and nothing is wrong', () => {
  expect(findingsOf(whole).map(({ check, state }) => `${check} ${state}`)).toEqual([
    'gateway ok',
    'spoke-broker ok',
    'coordinator ok',
    'inference-proxy ok',
    'mcp ok',
    'PostgreSQL ok',
    'Redis ok',
    'Invariants ok',
  ])
})

test('a service without an instance that takes calls is wrong, and a draining one beside another is a note', () => {
  expect(badOf(withMcp())).toMatchObject([{ check: 'mcp', state: 'wrong' }])
  const draining = instance('mcp', { status: 'draining' })
  expect(badOf(withMcp(draining)).map(({ state }) => state)).toEqual(['wrong', 'note'])
  expect(badOf(withMcp(draining, instance('mcp'))).map(({ state }) => state)).toEqual(['note'])
})

test('an instance that is not ready names what it does not reach', () => {
  const lost = instance('mcp', { status: 'not-ready', redis: true, postgres: false })
  expect(badOf(withMcp(instance('mcp'), lost))).toMatchObject([
    { state: 'wrong', says: 'Instance mcp-1 is not ready: it does not reach PostgreSQL.' },
  ])
  expect(badOf(withMcp(instance('mcp'), instance('mcp', { status: 'no-answer' })))).toMatchObject([
    { state: 'wrong', says: 'Instance mcp-1 has a lease, but does not answer.' },
  ])
  expect(badOf(withMcp(instance('mcp', { answeredMs: 1500 })))).toMatchObject([{ state: 'note' }])
})

test('each broken invariant says what there is too much of, and who keeps it at 0', () => {
  const invariants = [invariant('mergesLeft', 0), invariant('abortsLeft', 2)]
  expect(badOf({ invariants })).toMatchObject([
    {
      check: 'Invariants',
      state: 'wrong',
      says: '2 things of abortsLeft.',
      fix: expect.stringContaining('logs coordinator') as unknown,
    },
  ])
  const { invariants: _, ...uncounted } = whole
  expect(findingsOf(uncounted).at(-1)).toMatchObject({ check: 'Invariants', state: 'note' })
  expect(findingsOf({ ...uncounted, postgres: {} }).map(({ check }) => check)).not.toContain(
    'Invariants',
  )
})

test.each([
  [{ postgres: {} }, 'PostgreSQL', 'wrong'],
  [
    { postgres: { ...whole.postgres, schema: { says: 'Too old.', fix: 'Migrate.' } } },
    'PostgreSQL',
    'wrong',
  ],
  [{ postgres: { ...whole.postgres, clockAheadMs: -9000 } }, 'PostgreSQL', 'wrong'],
  [{ redis: {} }, 'Redis', 'wrong'],
  [{ redis: { answeredMs: 1 } }, 'Redis', 'note'],
  [{ redis: { ...whole.redis, evictionPolicy: 'allkeys-lru' } }, 'Redis', 'wrong'],
  [{ redis: { ...whole.redis, usedBytes: 90, maxBytes: 100 } }, 'Redis', 'note'],
] as const)('%j is noticed', (state, check, found) => {
  expect(badOf(state)).toMatchObject([{ check, state: found, fix: expect.any(String) as unknown }])
})
