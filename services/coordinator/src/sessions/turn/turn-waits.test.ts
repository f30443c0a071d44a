import type { OpenToolCall } from '@alkdev/storage/sessions'
import { clearSharedClock, setSharedClock, sharedNow } from '@alkdev/std'
import { expect, test } from 'vitest'
import { waitsOf } from './turn-waits.ts'

const DAY = 86_400_000
const call = (id: string, metadata: object, approvalId: string | null = null): OpenToolCall =>
  ({ id, approvalId, metadata }) as OpenToolCall
const until = (ms: number) => Date.now() + ms
const sleeps = call('sleeps', { awaitedCall: { until: until(3 * DAY) } })
const queued = call('queued', { awaitedCall: { callId: 'q', until: until(2 * DAY) } })
const child = call('child', { awaited: { ids: ['a', 'b'], mode: 'any', until: until(4 * DAY) } })
const asked = call('asked', { asked: { sessionId: 's', until: until(DAY) } }, 'x')
const persons = call('persons', {}, 'y')

test('a turn shows the first of what its calls wait for, and looks at the first time', () => {
  const kinds = (...calls: OpenToolCall[]) => waitsOf(calls).waitingOn
  expect([kinds(sleeps), kinds(sleeps, child), kinds(child, queued, sleeps)]).toEqual([
    'timer',
    'child',
    'call',
  ])
  expect([kinds(queued, persons), kinds(asked)]).toEqual(['approval', 'approval'])
  const all = waitsOf([sleeps, queued, child, asked, persons])
  expect(all.waits.map(({ kind, ref }) => [kind, ref])).toEqual([
    ['timer', ''],
    ['call', 'q'],
    ['child', 'a'],
    ['child', 'b'],
    ['approval', 'x'],
    ['approval', 'y'],
  ])
  expect(all.untilMs).toBeGreaterThan(DAY / 2)
  expect(all.untilMs).toBeLessThanOrEqual(DAY)
  expect(waitsOf([persons]).untilMs).toBe(Infinity)
})

test('a wait that another process stored ends by the shared clock, whatever the clock of this machine says', () => {
  setSharedClock(Date.now() + 5 * 60_000)
  try {
    const waits = call('waits', { awaitedCall: { until: sharedNow() + 1000 } })
    expect(waitsOf([waits]).untilMs).toBeLessThanOrEqual(1000)
  } finally {
    clearSharedClock()
  }
})
