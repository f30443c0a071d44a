import type { SessionEvent, SessionMessage } from '@alkdev/contracts/agents'
import { expect, test } from 'vitest'
import { applyEvent, EMPTY } from './transcript.ts'
import type { Transcript } from './transcript.ts'

const message = (messageId: string, seq: number): SessionMessage =>
  ({ messageId, seq, role: 'user', parts: [] }) as unknown as SessionMessage
const event = (type: string, more: object = {}): SessionEvent =>
  ({ position: '1', type, ...more }) as SessionEvent
const after = (...events: SessionEvent[]): Transcript => events.reduce(applyEvent, EMPTY)

test('the deltas of an attempt make its text, and its message replaces them', () => {
  const delta = event('step.delta', { stepId: 's', kind: 'text', text: 'Hel' })
  const running = after(event('step.started', { stepId: 's' }), delta, {
    ...delta,
    text: 'lo',
  })
  expect(running.draft?.text).toBe('Hello')
  const done = applyEvent(
    running,
    event('message.added', { message: message('m', 1), stepId: 's' }),
  )
  expect(done.draft).toBeUndefined()
  expect(done.messages.map(({ messageId }) => messageId)).toEqual(['m'])
})

test('a reset attempt drops its deltas, and those of another attempt stay', () => {
  const begun = after(event('step.delta', { stepId: 's', kind: 'text', text: 'x' }))
  expect(applyEvent(begun, event('step.reset', { stepId: 'other' })).draft?.text).toBe('x')
  expect(applyEvent(begun, event('step.reset', { stepId: 's' })).draft).toBeUndefined()
})

test('an event that comes twice has no further effect, and messages are in their order', () => {
  const second = event('message.accepted', { message: message('b', 2) })
  const first = event('message.accepted', { message: message('a', 1) })
  const state = after(second, first, second)
  expect(state.messages.map(({ messageId }) => messageId)).toEqual(['a', 'b'])
})

test('a revert takes a message and all later ones away', () => {
  const state = after(
    event('message.accepted', { message: message('a', 1) }),
    event('message.accepted', { message: message('b', 2) }),
    event('messages.reverted', { messageId: 'b' }),
  )
  expect(state.messages.map(({ messageId }) => messageId)).toEqual(['a'])
})
