import type { MessageView } from '@alkdev/storage/sessions'
import { array, assert, constantFrom, property, record, string } from 'fast-check'
import { expect, test } from 'vitest'
import { modelHistory, safeName } from './turn-history.ts'

const statuses = [
  'planned',
  'waiting',
  'dispatched',
  'done',
  'failed',
  'denied',
  'unknown',
  'cancelled',
] as const

interface Made {
  readonly role: 'user' | 'assistant' | 'system'
  readonly text: string
  readonly calls: readonly {
    readonly status: (typeof statuses)[number]
    readonly input: string
    readonly name: string
  }[]
}

let ids = 0
function view({ role, text, calls }: Made): MessageView {
  const now = new Date(0)
  const toolCalls = (role === 'assistant' ? calls : []).map(({ status, input, name }) => ({
    id: `call-${++ids}`,
    // Models repeat their ids.
    modelCallId: 'call_1',
    toolName: name,
    input,
    status,
    output: status === 'done' ? 'x'.repeat(1000) : null,
    outputBytes: status === 'done' ? 1000 : null,
    error: status === 'failed' ? '{"code":"TIMEOUT","message":"Too slow."}' : null,
  }))
  return {
    message: { id: `m-${++ids}`, role, createdAt: now },
    parts: text === '' ? [] : [{ type: 'text', data: { text } }],
    toolCalls,
  } as unknown as MessageView
}

const message = record({
  role: constantFrom('user' as const, 'assistant' as const, 'system' as const),
  text: string({ maxLength: 5 }),
  calls: array(
    record({
      status: constantFrom(...statuses),
      input: constantFrom('{}', '{"a":1}', '[1]', '7', 'not json', ''),
      name: constantFrom('fs_read', 'no such tool', '\u0000', ''),
    }),
    { maxLength: 3 },
  ),
})

test('R4: whatever was stored, each tool call of the history has exactly one result right after it', () => {
  assert(
    property(
      array(message, { maxLength: 8 }),
      constantFrom(10, 1_000_000),
      (made, maxCharacters) => {
        const history = modelHistory(made.map(view), { maxCharacters })
        const seen = new Set<string>()
        for (const [at, one] of history.entries()) {
          expect(one.content).not.toHaveLength(0)
          if (one.role !== 'assistant' || typeof one.content === 'string') continue
          const calls = one.content.flatMap((part) => (part.type === 'tool-call' ? [part] : []))
          for (const { toolCallId, toolName, input } of calls) {
            expect(seen.has(toolCallId)).toBe(false)
            seen.add(toolCallId)
            expect(toolName).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
            expect(typeof input === 'object' && !Array.isArray(input)).toBe(true)
          }
          if (calls.length === 0) continue
          const next = history[at + 1]
          expect(next?.role).toBe('tool')
          const results = next?.role === 'tool' ? next.content : []
          expect(results.map((part) => ('toolCallId' in part ? part.toolCallId : ''))).toEqual(
            calls.map(({ toolCallId }) => toolCallId),
          )
        }
        const tools = history.filter(({ role }) => role === 'tool').length
        const callers = history.filter(
          ({ role, content }) =>
            role === 'assistant' &&
            Array.isArray(content) &&
            content.some((part) => typeof part === 'object' && part.type === 'tool-call'),
        ).length
        expect(tools).toBe(callers)
      },
    ),
    { numRuns: 500 },
  )
})

test('a long conversation keeps its latest outputs and refers to the older ones', () => {
  const made = Array.from({ length: 10 }, () => ({
    role: 'assistant' as const,
    text: '',
    calls: [{ status: 'done' as const, input: '{}', name: 'fs_read' }],
  }))
  const lengths = modelHistory(made.map(view), { maxCharacters: 5000 }).flatMap((one) =>
    one.role === 'tool' ? one.content.map((part) => JSON.stringify(part).length > 1000) : [],
  )
  expect(lengths).toEqual([false, false, false, false, true, true, true, true, true, true])
})

test('names of tools are what every provider takes', () => {
  expect([safeName('fs.read'), safeName(''), safeName('x'.repeat(99))]).toEqual([
    'fs_read',
    'unknown',
    'x'.repeat(64),
  ])
})
