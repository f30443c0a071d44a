import { expect, test } from 'vitest'
import { readChat } from './read-chat.ts'

const user = { role: 'user', parts: [{ type: 'text', text: 'Hello' }] }
const responded = (id: unknown, more: object = {}) => ({
  role: 'assistant',
  parts: [{ state: 'approval-responded', approval: { id, approved: true, ...more } }],
})

test('the last message gives the text of the user, or the answers to approvals', () => {
  expect(readChat({ messages: [responded('a'), user] })).toEqual({ text: 'Hello', answers: [] })
  expect(readChat({ message: responded('a', { reason: 'Yes.' }) })).toEqual({
    text: '',
    answers: [{ approvalId: 'a', decision: 'allow', answer: 'Yes.' }],
  })
})

test('a message has the id that the client gave it, unless another answer to it is wanted', () => {
  const message = { ...user, id: 'u1' }
  expect(readChat({ message })).toMatchObject({ messageId: 'u1' })
  expect(readChat({ message, trigger: 'regenerate-message' })).not.toHaveProperty('messageId')
  expect(readChat({ message: { ...user, id: { a: 1 } } })).not.toHaveProperty('messageId')
})

test.each([
  null,
  'text',
  [],
  { messages: {} },
  { messages: 'text' },
  { messages: [null] },
  { message: 7 },
  { message: { role: 'user', parts: [null, 1, { type: 'text', text: {} }] } },
  {
    message: { role: 'assistant', parts: [null, { state: 'approval-responded', approval: null }] },
  },
  { message: responded(7) },
  { message: { role: 'user', parts: {} } },
  { message: { role: 'assistant', parts: Array(65).fill(responded('a').parts[0]) } },
])('a body that is no chat is a VALIDATION_ERROR: %j', (body) => {
  expect(() => readChat(body)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
})
