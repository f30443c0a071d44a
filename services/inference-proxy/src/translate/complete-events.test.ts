import { expect, test } from 'vitest'
import { ASKS, exchange, TOOLS } from '../testing/exchange.ts'
import type { Body } from '../testing/exchange.ts'
import { namedEvents } from '../testing/recorded-upstream.ts'
import { ARGUMENTS, wireAnswer } from '../testing/wire-formats.ts'

/* Providers whose streams lack events, or whose answers lack members. What their clients get must not depend on it. */

const CLIENTS = ['chat', 'messages'] as const

/** The events of a provider of responses, without those of these types. */
function responsesWithout(tools: boolean, ...types: readonly string[]): string {
  const answer = wireAnswer('responses', { model: 'm', stream: true, ...(tools && { tools: [1] }) })
  return String(answer)
    .split('\n\n')
    .filter((event) => event !== '' && !types.some((type) => event.startsWith(`event: ${type}\n`)))
    .map((event) => `${event}\n\n`)
    .join('')
}

const PIECES = ['response.function_call_arguments.delta', 'response.output_text.delta']
const ENDS = ['response.function_call_arguments.done', 'response.output_text.done']
const PARTS = ['response.content_part.added', 'response.content_part.done']
const ADDED = ['response.output_item.added']
const DONE = ['response.output_item.done']

/** Text, name and arguments of the call in a whole answer. */
function found(whole: Body): unknown {
  const [choice] = (whole['choices'] ?? []) as {
    message: { content: unknown; tool_calls?: { function: Body }[] }
  }[]
  if (choice !== undefined)
    return [choice.message.content, choice.message.tool_calls?.[0]?.function]
  const [block] = whole['content'] as Body[]
  return block?.['type'] === 'text'
    ? [block['text'], undefined]
    : [null, { name: block?.['name'], arguments: JSON.stringify(block?.['input']) }]
}

const LACKING: readonly (readonly [string, readonly string[]])[] = [
  ['the pieces', PIECES],
  ['the pieces and their ends', [...PIECES, ...ENDS]],
  ['all but the whole item', [...PIECES, ...ENDS, ...PARTS, ...ADDED]],
  ['all but the whole response', [...PIECES, ...ENDS, ...PARTS, ...ADDED, ...DONE]],
]

const cuts = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )

test.each(
  CLIENTS.flatMap((client) => LACKING.map(([what, types]) => [client, what, types] as const)),
)(
  'a stream of responses to %s that lacks %s brings the whole text and the whole arguments',
  async (client, _, types) => {
    for (const tools of [false, true]) {
      const body = { ...ASKS[client], ...(tools && TOOLS[client]), stream: true }
      const answer = responsesWithout(tools, ...types)
      // oxlint-disable-next-line no-await-in-loop -- one exchange after the other
      const whole = await exchange(client, 'responses', body, answer)
      expect(found(whole.whole)).toEqual(
        tools ? [null, { name: 'weather', arguments: ARGUMENTS }] : ['Hello ✓', undefined],
      )
      expect(whole.text).toContain(tools ? 'weather' : 'Hello ✓')
      for (const size of [1, 7, 64])
        // oxlint-disable-next-line no-await-in-loop
        expect((await exchange(client, 'responses', body, answer, (b) => cuts(b, size))).text).toBe(
          whole.text,
        )
    }
  },
)

test('arguments that come in pieces and again with the call are written once', async () => {
  const { text } = await exchange(
    'chat',
    'responses',
    { ...ASKS.chat, ...TOOLS.chat, stream: true },
    wireAnswer('responses', { model: 'm', stream: true, tools: [1] }),
  )
  expect(text.match(/北/g)).toHaveLength(1)
})

test('a summary of reasoning that comes with its item is written', async () => {
  const item = {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: 'Hm' }],
    encrypted_content: 'ENC',
  }
  const response = { id: 'resp_1', object: 'response', created_at: 1, model: 'm', output: [item] }
  const events = namedEvents(
    { type: 'response.created', ...{ response: { ...response, output: [] } } },
    { type: 'response.output_item.done', ...{ output_index: 0, item } },
    { type: 'response.completed', ...{ response } },
  )
  const { whole } = await exchange(
    'messages',
    'responses',
    { ...ASKS.messages, stream: true },
    events,
  )
  expect(whole['content']).toMatchObject([{ type: 'thinking', thinking: 'Hm' }])
})

test.each(['chat', 'responses'] as const)(
  'an answer of Anthropic without usage reaches %s, whole and as a stream',
  async (client) => {
    const { usage: _, ...plain } = wireAnswer('messages', { model: 'm' }) as Body
    const stream = String(wireAnswer('messages', { model: 'm', stream: true })).replaceAll(
      /,"usage":\{[^}]*\}/g,
      '',
    )
    expect(stream).not.toContain('usage')
    for (const answer of [plain, stream]) {
      const body = { ...ASKS[client], stream: answer === stream }
      // oxlint-disable-next-line no-await-in-loop -- two exchanges
      const { whole } = await exchange(client, 'messages', body, answer)
      expect(JSON.stringify(whole)).toContain('Hello ✓')
    }
  },
)
