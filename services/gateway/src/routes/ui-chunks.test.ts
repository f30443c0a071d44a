import type { SessionEvent } from '@alkdev/contracts/agents'
import { expect, test } from 'vitest'
import { UiChunks } from './ui-chunks.ts'

const turnId = 'turn'
const event = (type: SessionEvent['type'], more: object = {}): SessionEvent => ({
  position: '1',
  type,
  ...more,
})
const added = (parts: object[]) =>
  event('message.added', { stepId: 's1', message: { turnId, role: 'assistant', parts } })

function typesOf(events: readonly SessionEvent[]): string[] {
  const chunks = new UiChunks(turnId)
  return events.flatMap((one) => chunks.of(one).chunks.map(({ type }) => type))
}
const textOf = (events: readonly SessionEvent[]): string => {
  const chunks = new UiChunks(turnId)
  let text = ''
  for (const one of events)
    for (const chunk of chunks.of(one).chunks) {
      if (chunk.type === 'reset-step') text = ''
      if (chunk.type === 'text-delta') text += String(chunk['delta'])
    }
  return text
}

const started = event('step.started', { turnId, stepId: 's1' })
const delta = (text: string, stepId = 's1') => event('step.delta', { stepId, kind: 'text', text })

test('a turn with one step is a message with a start, a text and a finish', () => {
  expect(
    typesOf([
      started,
      delta('Hel'),
      delta('lo'),
      added([{ type: 'text', text: 'Hello' }]),
      event('turn.ended', { turnId, reason: 'completed' }),
    ]),
  ).toEqual([
    'start',
    'start-step',
    'text-start',
    'text-delta',
    'text-delta',
    'text-end',
    'finish-step',
    'finish',
  ])
})

test('what the deltas did not say comes with the message, and nothing comes twice', () => {
  expect(textOf([started, delta('Hel'), added([{ type: 'text', text: 'Hello' }])])).toBe('Hello')
  expect(textOf([started, delta('Hello'), added([{ type: 'text', text: 'Hello' }])])).toBe('Hello')
  expect(textOf([started, added([{ type: 'text', text: 'Hello' }])])).toBe('Hello')
})

test.each([[''], ['On'], ['One, t'], ['One, two']])(
  'a message of several texts is whole when the deltas said %j',
  (said) => {
    const parts = [
      { type: 'text', text: 'One, ' },
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'two' },
    ]
    expect(textOf([started, ...(said === '' ? [] : [delta(said)]), added(parts)])).toBe('One, two')
  },
)

test('an attempt that is void is withdrawn', () => {
  const again = event('step.started', { turnId, stepId: 's2' })
  const void1 = event('step.reset', { stepId: 's1', reason: 'fence-lost' })
  expect(textOf([started, delta('Wro'), void1, again, delta('Right', 's2')])).toBe('Right')
  expect(
    textOf([started, delta('a'), delta('b', 'another'), event('turn.started', { turnId: 'x' })]),
  ).toBe('a')
})

test('a tool call is available once, asks for its approval, and has one output', () => {
  const tool = (status: string, more: object = {}) =>
    event('tool.changed', {
      toolCall: { toolCallId: 't', toolName: 'call', input: {}, status, ...more },
    })
  expect(
    typesOf([
      started,
      added([{ type: 'tool-call', toolCall: tool('planned').toolCall }]),
      tool('waiting', { approvalId: 'a' }),
      tool('dispatched'),
      tool('done', { output: '{"a":1}' }),
      tool('done', { output: '{"a":1}' }),
    ]),
  ).toEqual([
    'start',
    'start-step',
    'tool-input-available',
    'finish-step',
    'tool-approval-request',
    'tool-output-available',
  ])
})

test.each([
  ['user-stop', 'abort'],
  ['idle-timeout', 'error'],
])('a turn that ended with %s says %s', (reason, type) => {
  expect(typesOf([event('turn.ended', { turnId, reason })])).toEqual(['start', type, 'finish'])
})
