import { expect, test } from 'vitest'
import type { Provider } from '../providers/provider.ts'
import { spokenBy, translatedInto } from './translated-into.ts'

const provider = (config: object): Provider =>
  ({ name: 'acme', config: { baseUrl: 'http://acme.test/v1', ...config } }) as unknown as Provider

test('a provider that does not say what it serves is asked for chat completions', () => {
  expect(translatedInto(provider({}), 'messages')).toBe('chat')
  expect(spokenBy(provider({}))).toEqual(['chat', 'responses'])
})

test('a provider that says what it serves is asked in what loses least', () => {
  const endpoints = ['chat', 'responses']
  expect(translatedInto(provider({ endpoints }), 'messages')).toBe('responses')
  expect(translatedInto(provider({ endpoints: ['chat'] }), 'responses')).toBe('chat')
  expect(translatedInto(provider({ protocol: 'anthropic' }), 'chat')).toBe('messages')
})

test('OpenAI itself is asked for responses: its newer models take no tools in chat completions', () => {
  const openai = provider({ baseUrl: 'https://api.openai.com/v1' })
  expect(spokenBy(openai)).toEqual(['responses', 'chat'])
  expect(translatedInto(openai, 'messages')).toBe('responses')
})
