import { expect, test } from 'vitest'
import { messagesIn } from './messages.ts'

const listens = (text: string): boolean => messagesIn(new TextEncoder().encode(text)).listens

test('a body that opens a stream is recognized in every notation', () => {
  expect(listens('{"method":"subscriptions/listen"}')).toBe(true)
  expect(listens('[{"method":"ping"},{"method":"subscriptions\\/listen"}]')).toBe(true)
  expect(listens('{"method":"tools/call","params":{"name":"subscriptions/listen"}}')).toBe(false)
  expect(listens('subscriptions/listen')).toBe(false)
})
