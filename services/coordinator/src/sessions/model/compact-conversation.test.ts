import type { MessageView } from '@alkdev/storage/sessions'
import { expect, test } from 'vitest'
import { compactedText, transcriptOf } from './compact-conversation.ts'

const view = (role: 'user' | 'assistant', text: string, mode: string | null = null): MessageView =>
  ({
    message: { role, mode },
    parts: [{ type: 'text', data: { text } }],
    toolCalls: [],
  }) as unknown as MessageView

test('a transcript has the latest messages that fit, and one that does not fit alone is cut in its middle', () => {
  const views = [view('user', 'first'), view('assistant', 'second'), view('user', 'third')]
  expect(transcriptOf(views, 1000)).toBe('user: first\nassistant: second\nuser: third')
  expect(transcriptOf(views, 35)).toBe('assistant: second\nuser: third')
  const cut = transcriptOf([view('user', `start${'x'.repeat(10_000)}end`)], 100)
  expect(cut.length).toBeLessThanOrEqual(100)
  expect(cut).toMatch(/^user: start.*\n\[\.\.\.\]\n.*end$/s)
})

test('R10: the latest message of a person stands beside the summary as it is', () => {
  const views = [
    view('user', 'old', 'queue'),
    view('user', 'Fix it.', 'queue'),
    view('assistant', 'Yes.'),
  ]
  expect(compactedText('Summary.', views)).toBe(
    'Summary.\n\nThe latest message to you, as it is:\nFix it.',
  )
})
