import type { MessageView } from '@alkdev/storage/sessions'
import { array, assert, constantFrom, property, record, string } from 'fast-check'
import { expect, test } from 'vitest'
import { isReasoningRefused, modelHistory, safeName, sealsOf } from './turn-history.ts'

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

test('no text of the history is blank, which Anthropic refuses in every step from then on', () => {
  const made = (['user', 'system', 'assistant', 'user'] as const).map((role, at) =>
    view({ role, text: ['Hi', '\n', ' ', ' \t\n'][at] ?? '', calls: [] }),
  )
  const history = modelHistory(made, { maxCharacters: 1000 })
  expect(history.map(({ role, content }) => [role, content])).toEqual([
    ['user', 'Hi'],
    ['user', '[A message without text.]'],
    ['user', '[A message without text.]'],
  ])
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

interface Part {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}
/** A message as it is stored. */
const stored = (
  role: 'user' | 'assistant',
  parts: readonly Part[],
  calls: readonly string[] = [],
): MessageView => {
  const toolCalls = calls.map((id) => ({
    id,
    toolName: 'call',
    input: '{}',
    status: 'done',
    output: 'x',
    outputBytes: 1,
    error: null,
  }))
  return { message: { id: `m-${++ids}`, role }, parts, toolCalls } as unknown as MessageView
}
const MAKER = 'messages acme/m'
const prompt = stored('user', [{ type: 'text', data: { text: 'Hi' } }])
const sealed = (metadata: object, maker = MAKER) => ({ seal: JSON.stringify(metadata), maker })
const thought = (signature: string, maker?: string): Part => ({
  type: 'reasoning',
  data: { text: 'Hm.', ...sealed({ anthropic: { signature } }, maker) },
})
const said = (text: string, more: object = {}): Part => ({ type: 'text', data: { text, ...more } })
const asks = (toolCallId: string, more: object = {}): Part => ({
  type: 'tool-call',
  data: { toolCallId, ...more },
})
const contentsOf = (views: readonly MessageView[], more: object = {}) =>
  modelHistory(views, { maxCharacters: 1_000_000, maker: MAKER, ...more }).flatMap((one) =>
    one.role === 'assistant' ? [one.content] : [],
  )

test('parts are in the order in which the model made them, each with what its maker wants back', () => {
  const parts = [
    thought('s1'),
    said('A'),
    asks('c1', sealed({ alkhub: { thoughtSignature: 't' } })),
    thought('s2'),
    asks('c2'),
  ]
  expect(contentsOf([prompt, stored('assistant', parts, ['c1', 'c2'])])).toEqual([
    [
      { type: 'reasoning', text: 'Hm.', providerOptions: { anthropic: { signature: 's1' } } },
      { type: 'text', text: 'A' },
      {
        type: 'tool-call',
        toolCallId: 'c1',
        toolName: 'call',
        input: {},
        providerOptions: { alkhub: { thoughtSignature: 't' } },
      },
      { type: 'reasoning', text: 'Hm.', providerOptions: { anthropic: { signature: 's2' } } },
      { type: 'tool-call', toolCallId: 'c2', toolName: 'call', input: {} },
    ],
  ])
})

test.each([
  ['another model signed', [thought('s', 'messages acme/other'), said('A')]],
  ['another dialect signed', [thought('s', 'responses acme/m'), said('A')]],
  ['no provider signed', [{ type: 'reasoning', data: { text: 'Hm.' } }, said('A')]],
  ['nothing follows', [said('A'), thought('s')]],
  ['a text without a letter follows', [said('A'), thought('s'), said(' \n')]],
  [
    'has no encrypted form',
    [{ type: 'reasoning', data: { text: '', ...sealed({ openai: { itemId: 'i' } }) } }, said('A')],
  ],
])('reasoning that %s is left out', (_what, parts) => {
  expect(contentsOf([prompt, stored('assistant', parts)])).toEqual([[{ type: 'text', text: 'A' }]])
})

test('without a maker nothing goes back', () => {
  const view = stored(
    'assistant',
    [thought('s'), asks('c', sealed({ openai: { itemId: 'i' } }))],
    ['c'],
  )
  expect(JSON.stringify(contentsOf([prompt, view], { maker: undefined }))).not.toContain(
    'providerOptions',
  )
})

test('all parts of an item of reasoning go back when one of them has what is encrypted', () => {
  const item = (text: string, encrypted: string | null): Part => ({
    type: 'reasoning',
    data: { text, ...sealed({ openai: { itemId: 'i', reasoningEncryptedContent: encrypted } }) },
  })
  const [content] = contentsOf([
    prompt,
    stored('assistant', [item('A', null), item('B', 'e'), said('C')]),
  ])
  expect((content as { type: string }[]).map(({ type }) => type)).toEqual([
    'reasoning',
    'reasoning',
    'text',
  ])
})

const refused = { type: 'step-finish', data: { withoutReasoning: true } }

test('reasoning before a step that was made without it is left out, and that of the step stays', () => {
  const views = [
    prompt,
    stored('assistant', [thought('s1'), said('A')]),
    stored('assistant', [thought('s2'), said('B'), refused]),
    stored('assistant', [thought('s3'), said('C')]),
  ]
  const history = JSON.stringify(contentsOf(views))
  expect(['s1', 's2', 's3'].map((one) => history.includes(one))).toEqual([false, true, true])
  expect(sealsOf(modelHistory(views, { maxCharacters: 9999, maker: MAKER }))).toEqual([
    { anthropic: { signature: 's2' } },
    { anthropic: { signature: 's3' } },
  ])
  const without = { maxCharacters: 9999, maker: MAKER, withoutReasoning: true }
  expect(sealsOf(modelHistory(views, without))).toEqual([])
})

test('two steps in a row whose reasoning was refused are enough until the next prompt', () => {
  const step = stored('assistant', [said('A'), refused])
  expect(isReasoningRefused([prompt, step])).toBe(false)
  expect(isReasoningRefused([prompt, step, step])).toBe(true)
  expect(isReasoningRefused([prompt, step, stored('assistant', [said('B')]), step])).toBe(false)
  expect(isReasoningRefused([prompt, step, step, prompt])).toBe(false)
})

test('a tool call that was copied from another session is a tool call with its result and what its maker wants back', () => {
  const call = { toolCallId: 'c', modelCallId: 'm', toolName: 'fs.read', input: { a: 1 } }
  const copy = (more: object, text: string): Part => ({
    type: 'text',
    data: {
      text,
      copied: JSON.stringify({ ...call, ...more }),
      ...sealed({ openai: { itemId: 'i' } }),
    },
  })
  const done = copy({ status: 'done', outputBytes: 5 }, '[Tool call]\nlines')
  const failed = { code: 'TIMEOUT', message: 'Too slow.' }
  const late = copy({ toolCallId: 'd', status: 'failed', error: failed }, '[Tool call]\nTIMEOUT')
  const view = stored('assistant', [said('A'), done, late])
  expect(modelHistory([prompt, view], { maxCharacters: 9999, maker: MAKER })).toMatchObject([
    { role: 'user' },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'A' },
        {
          type: 'tool-call',
          toolCallId: 'c',
          toolName: 'fs_read',
          input: { a: 1 },
          providerOptions: { openai: { itemId: 'i' } },
        },
        { type: 'tool-call', toolCallId: 'd' },
      ],
    },
    {
      role: 'tool',
      content: [
        { toolCallId: 'c', output: { value: 'lines' } },
        { toolCallId: 'd', output: { value: 'Error TIMEOUT: Too slow.' } },
      ],
    },
  ])
})
