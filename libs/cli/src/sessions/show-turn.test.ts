import type { Session, SessionEvent } from '@alkdev/contracts/agents'
import { expect, test } from 'vitest'
import { TurnEnd } from './show-turn.ts'

const snapshot = (session: Partial<Session>): SessionEvent => ({
  position: '1',
  type: 'snapshot',
  session: { sessionId: 's', status: 'idle', position: 1, ...session } as Session,
})

test('a watch until idle exits with the outcome of the last turn, also when that ended before it began', () => {
  const end = new TurnEnd(undefined, true)
  expect(end.codeAfter(snapshot({ endReason: 'provider-error' }))).toBe(1)
  expect(end.codeAfter(snapshot({ endReason: 'completed' }))).toBe(0)
  expect(end.codeAfter(snapshot({}))).toBe(0)
  expect(end.codeAfter(snapshot({ status: 'queued', endReason: 'provider-error' }))).toBeUndefined()
})
