import type { MessageView } from '@alkdev/storage/sessions'
import { isNestedDeeper } from '@alkdev/std'
import { expect, test } from 'vitest'
import { fittingMessages } from './fitting-messages.ts'
import { messageView } from './session-views.ts'

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

function viewOf(input: string, error: string | null): MessageView {
  const now = new Date(0)
  const call = { id: 'c', modelCallId: 'm', toolName: 'call', status: 'failed', input, error }
  return {
    message: { id: 'm', sessionId: 's', seq: 1, role: 'assistant', createdAt: now },
    parts: [{ type: 'tool-call', data: { toolCallId: 'c' } }],
    toolCalls: [call],
  } as unknown as MessageView
}

test.each([450, 6000, 100_000])(
  'a tool call whose input and error have %i levels is a message that can be sent',
  (levels) => {
    const error = `{"code":"CONFLICT","message":"x","details":${nested(levels)}}`
    const view = viewOf(nested(levels), error)
    const message = messageView(view)
    expect(isNestedDeeper(message, 500)).toBe(false)
    expect(message.parts).toMatchObject([
      { toolCall: { input: nested(levels), error: { code: 'CONFLICT' } } },
    ])
    const [short] = fittingMessages([view], 100)
    expect(JSON.stringify(short)).toContain('[[[')
  },
)
