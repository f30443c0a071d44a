import type { SessionMessage } from '@alkdev/contracts/agents'
import { expect, test } from 'vitest'
import { barsOf, windowOf } from './steps.ts'

const at = (seconds: number): string => new Date(seconds * 1000).toISOString()
const message = (role: string, turnId: string, seconds: number, parts: unknown[] = []) =>
  ({
    messageId: `${role}-${seconds}`,
    role,
    turnId,
    createdAt: at(seconds),
    parts,
  }) as unknown as SessionMessage
const finish = {
  type: 'step-finish',
  model: 'm',
  callId: 'c',
  finishReason: 'stop',
  inputTokens: 7,
  outputTokens: 3,
}
const tool = (from: number, until?: number) => ({
  type: 'tool-call',
  toolCall: {
    toolCallId: `t-${from}`,
    toolName: 'call',
    operationId: 'fs.read',
    status: until === undefined ? 'dispatched' : 'done',
    startedAt: at(from),
    ...(until !== undefined && { endedAt: at(until) }),
  },
})
const spans = (messages: readonly SessionMessage[], now = 100) =>
  barsOf(messages, now * 1000).map(
    ({ name, fromMs, untilMs }) => `${name} ${fromMs / 1000}-${untilMs / 1000}`,
  )

test('a step lasts from the end of what was before it, and tools as long as they ran', () => {
  expect(
    spans([
      message('user', 'one', 1),
      message('assistant', 'one', 3, [tool(4, 8), finish]),
      message('assistant', 'one', 10, [finish]),
    ]),
  ).toEqual(['m 1-3', 'fs.read 4-8', 'm 8-10'])
})

test('only the latest turn is given, and a tool that runs lasts until now', () => {
  expect(
    spans([
      message('user', 'one', 1),
      message('assistant', 'one', 3, [finish]),
      message('user', 'two', 20),
      message('assistant', 'two', 22, [tool(23), finish]),
    ]),
  ).toEqual(['m 20-22', 'fs.read 23-100'])
})

test('the window of the steps lies a minute around them, and does not move with the clock', () => {
  const messages = [
    message('user', 'one', 100),
    message('assistant', 'one', 103, [tool(104), finish]),
  ]
  const expected = { from: at(40), before: at(163) }
  expect(windowOf(barsOf(messages, 200_000))).toEqual(expected)
  expect(windowOf(barsOf(messages, 300_000))).toEqual(expected)
  expect(windowOf([])).toBeUndefined()
})

test('without a step there is nothing', () => {
  expect(spans([message('user', 'one', 1)])).toEqual([])
})
