import { expect, test } from 'vitest'
import { nextStep, stepWithoutProvider } from './routing-policy.ts'
import type { AttemptOutcome, CallFacts, RoutingStep } from './routing-policy.ts'

const first: CallFacts = {
  retry: 'safe',
  resumable: false,
  losses: 0,
  received: 0,
  atSpoke: true,
  resumed: false,
  parked: false,
}

const TABLE: readonly (readonly [
  AttemptOutcome,
  safe: RoutingStep,
  keyed: RoutingStep,
  never: RoutingStep,
])[] = [
  ['refused', 'reroute', 'reroute', 'reroute'],
  ['full', 'reroute', 'reroute', 'reroute'],
  ['undelivered', 'reroute', 'reroute', 'reroute'],
  ['lost', 'reroute', 'same-spoke', 'end-lost'],
  ['late', 'end-late', 'end-late', 'end-late'],
]

test.each(TABLE)('a first attempt that is %s: safe %s, keyed %s, never %s', (outcome, ...steps) => {
  const retries = ['safe', 'keyed', 'never'] as const
  expect(retries.map((retry) => nextStep(outcome, { ...first, retry }))).toEqual(steps)
})

test.each(['refused', 'full', 'undelivered'] as const)(
  'after a loss, an attempt that is %s reroutes a safe call, and returns a keyed call to its spoke',
  (outcome) => {
    expect(nextStep(outcome, { ...first, losses: 1 })).toBe('reroute')
    expect(nextStep(outcome, { ...first, losses: 1, retry: 'keyed' })).toBe('same-spoke')
    expect(nextStep(outcome, { ...first, losses: 1, retry: 'never' })).toBe('end-lost')
  },
)

test('a keyed call is repeated after its first loss only, and only at a spoke', () => {
  const keyed = { ...first, retry: 'keyed' } as const
  expect(nextStep('lost', { ...keyed, losses: 1 })).toBe('end-lost')
  expect(nextStep('lost', { ...keyed, atSpoke: false })).toBe('end-lost')
})

test('a safe call is rerouted after every loss', () => {
  for (const losses of [0, 1, 5]) expect(nextStep('lost', { ...first, losses })).toBe('reroute')
})

test.each(['safe', 'keyed'] as const)(
  'a lost stream of a %s operation that has delivered an item is not started again',
  (retry) => {
    expect(nextStep('lost', { ...first, retry, received: 1 })).toBe('end-lost')
  },
)

test('a resumable call waits once for its spoke, whatever its retry class and items', () => {
  for (const retry of ['safe', 'keyed', 'never'] as const) {
    for (const received of [0, 3]) {
      const facts = { ...first, resumable: true, retry, received }
      expect(nextStep('lost', facts)).toBe('await-resume')
      expect(nextStep('lost', { ...facts, parked: true })).toBe('end-lost')
    }
  }
  expect(nextStep('lost', { ...first, resumable: true, retry: 'never', atSpoke: false })).toBe(
    'end-lost',
  )
})

test.each(['refused', 'full', 'undelivered'] as const)(
  'a resumed attempt that is %s was started before, so it is lost',
  (outcome) => {
    expect(nextStep(outcome, { ...first, resumed: true })).toBe('end-lost')
  },
)

test('without a provider a call refreshes once, unless that cannot help', () => {
  const facts = { refreshed: false, last: undefined, local: false }
  expect(stepWithoutProvider(facts)).toBe('refresh')
  for (const last of ['refused', 'undelivered', 'lost'] as const) {
    expect(stepWithoutProvider({ ...facts, last })).toBe('refresh')
  }
  expect(stepWithoutProvider({ ...facts, refreshed: true })).toBe('end')
  expect(stepWithoutProvider({ ...facts, last: 'full' })).toBe('end')
  expect(stepWithoutProvider({ ...facts, local: true })).toBe('end')
})
