import type {
  Session,
  SessionEvent,
  SessionMessage,
  SessionToolCall,
} from '@alkdev/contracts/agents'
import { expect, test } from 'vitest'
import { Transcript } from './transcript.ts'
import type { Shown } from './transcript.ts'

const session = { sessionId: 's', status: 'running', position: 1 } as Session

const message = (
  messageId: string,
  role: SessionMessage['role'],
  text: string,
): SessionMessage => ({
  messageId,
  sessionId: 's',
  seq: 1,
  role,
  createdAt: '2026-11-29T00:00:00.000Z',
  parts: [
    { type: 'text', text },
    ...(role === 'assistant'
      ? [
          {
            type: 'step-finish' as const,
            model: 'm',
            callId: 'c',
            finishReason: 'stop',
            inputTokens: 3,
            outputTokens: 2,
          },
        ]
      : []),
  ],
})

const event = (type: SessionEvent['type'], more: Partial<SessionEvent> = {}): SessionEvent => ({
  position: '1',
  type,
  ...more,
})
const delta = (stepId: string, text: string): SessionEvent =>
  event('step.delta', { stepId, kind: 'text', text })

function textOf(shown: readonly Shown[]): string {
  return shown.flatMap((one) => (one.type === 'text' ? [one.text] : [])).join('')
}

test('the text of a step is shown once: deltas as they come, and of the message what is missing', () => {
  const transcript = new Transcript()
  const shown = [
    event('step.started', { stepId: 'a', turnId: 't', step: 1 }),
    delta('a', 'Hel'),
    delta('a', 'lo'),
    event('message.added', { stepId: 'a', message: message('m', 'assistant', 'Hello there') }),
    event('message.added', { stepId: 'a', message: message('m', 'assistant', 'Hello there') }),
    event('turn.ended', { turnId: 't', reason: 'completed' }),
  ].flatMap((one) => transcript.apply(one))
  expect(textOf(shown)).toBe('Hello there')
  expect(shown.at(-1)).toEqual({
    type: 'turn-ended',
    turnId: 't',
    reason: 'completed',
    error: undefined,
    tokens: { input: 3, output: 2 },
  })
})

test('an answer that is dropped is announced, and its successor is shown whole', () => {
  const transcript = new Transcript()
  const shown = [
    event('step.started', { stepId: 'a' }),
    delta('a', 'Hel'),
    event('step.reset', { stepId: 'a', reason: 'fence-lost' }),
    event('step.started', { stepId: 'b' }),
    delta('b', 'Hello'),
    event('message.added', { stepId: 'b', message: message('m', 'assistant', 'Hello') }),
  ].flatMap((one) => transcript.apply(one))
  expect(shown.map(({ type }) => type)).toEqual(['text', 'note', 'text'])
  expect(textOf(shown.slice(1))).toBe('Hello')
})

test.each([true, false])(
  'a snapshot after a cut adds what was missed, wherever the cut was (message with the id of its step: %s)',
  (hasStepId) => {
    const whole = 'The quick brown fox'
    const runningAt = (end: number): SessionEvent =>
      event('snapshot', {
        session,
        messages: [],
        running: { turnId: 't', step: 1, stepId: 'a', text: whole.slice(0, end), reasoning: '' },
      })
    for (let first = 1; first <= whole.length; first += 1)
      for (let second = first; second <= whole.length; second += 1) {
        const transcript = new Transcript()
        const added = message('m', 'assistant', whole)
        const shown = [
          event('snapshot', { session, messages: [] }),
          event('step.started', { stepId: 'a', turnId: 't', step: 1 }),
          delta('a', whole.slice(0, first)),
          runningAt(second),
          hasStepId
            ? event('message.added', { stepId: 'a', message: added })
            : event('snapshot', { session, messages: [added] }),
        ].flatMap((one) => transcript.apply(one))
        expect(textOf(shown)).toBe(whole)
      }
  },
)

test('messages of others are shown, those that the caller sent are not', () => {
  const transcript = new Transcript()
  transcript.know('mine')
  const shown = [
    event('message.accepted', { message: message('mine', 'user', 'x') }),
    event('message.accepted', { message: message('other', 'user', 'y') }),
    event('message.refused', { messageId: 'other', reason: 'turn-over' }),
  ].flatMap((one) => transcript.apply(one))
  expect(shown).toEqual([
    { type: 'message', text: 'y' },
    { type: 'note', text: 'The message was refused: turn-over.' },
  ])
})

const toolCall = (status: SessionToolCall['status'], more = {}): SessionEvent =>
  event('tool.changed', {
    toolCall: { toolCallId: 'c', modelCallId: 'x', toolName: 'call', status, ...more },
  })

test('a tool call is asked for once, runs, and ends in one line', () => {
  const transcript = new Transcript()
  const shown = [
    toolCall('planned'),
    toolCall('waiting', { approvalId: 'p' }),
    toolCall('waiting', { approvalId: 'p' }),
    toolCall('dispatched'),
    toolCall('done'),
    toolCall('done'),
    toolCall('dispatched'),
  ].flatMap((one) => transcript.apply(one))
  expect(shown.filter(({ type }) => type !== 'running').map(({ type }) => type)).toEqual([
    'ask',
    'tool',
  ])
  expect(shown.filter((one) => one.type === 'running').map((one) => one.toolCalls.length)).toEqual([
    0, 0, 1, 0,
  ])
})

test('what a session waits for is shown once, and the approval of a tool call with that call', () => {
  const transcript = new Transcript()
  const waiting = (waitingOn: Session['waitingOn']): SessionEvent =>
    event('session.changed', {
      session: { ...session, status: 'waiting', ...(waitingOn && { waitingOn }) },
    })
  transcript.apply(toolCall('waiting', { approvalId: 'p' }))
  const notes = (...events: SessionEvent[]) =>
    events.flatMap((one) => transcript.apply(one)).filter(({ type }) => type === 'note')
  expect(notes(waiting('approval'), waiting('spoke'), waiting('spoke'))).toEqual([
    { type: 'note', text: 'Waits for: spoke.' },
  ])
  transcript.apply(toolCall('done'))
  // A question about the turn, or about its budget.
  expect(notes(waiting('approval'), waiting('approval'))).toEqual([
    { type: 'note', text: expect.stringContaining('`alkhub inbox`') },
  ])
})

test('the first snapshot says how the last turn ended when that was a failure and no other turn begins', () => {
  const first = (more: Partial<Session>) =>
    new Transcript().apply(event('snapshot', { session: { ...session, ...more }, messages: [] }))
  const note = { type: 'note', text: 'The last turn ended: provider-error.' }
  expect(first({ status: 'idle', endReason: 'provider-error' })).toEqual([note])
  expect(first({ status: 'queued', endReason: 'provider-error' })).toEqual([])
  expect(first({ status: 'idle', endReason: 'completed' })).toEqual([])
})
