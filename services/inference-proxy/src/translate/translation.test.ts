import { expect, test } from 'vitest'
import { ASKS, exchange, TOOLS } from '../testing/exchange.ts'
import type { Body, ProviderFormat } from '../testing/exchange.ts'
import { ARGUMENTS, wireAnswer } from '../testing/wire-formats.ts'
import type { SpokenProtocol } from './translated-into.ts'

/*
 * Conversations in the wire formats of OpenAI, Anthropic and Google, through the packages of the AI SDK. The provider is a function that answers with
 * bytes, in chunks of any size.
 */

const PROTOCOLS = ['chat', 'responses', 'messages'] as const
const PAIRS = PROTOCOLS.flatMap((client) =>
  PROTOCOLS.filter((into) => into !== client).map((into) => [client, into] as const),
)
/** Google's arguments come whole, so there is nothing to split. */
const ALL_PAIRS: readonly (readonly [SpokenProtocol, ProviderFormat])[] = [
  ...PAIRS,
  ...PROTOCOLS.map((client) => [client, 'google'] as const),
]
/** The text, the arguments of the tool call, and the input and output tokens of a whole answer. */
function found(client: SpokenProtocol, whole: Body): unknown[] {
  const usage = whole['usage'] as Record<string, number>
  if (client === 'chat') {
    const [choice] = whole['choices'] as {
      message: { content: string | null; tool_calls?: { function: { arguments: string } }[] }
    }[]
    const call = choice?.message.tool_calls?.[0]?.function.arguments
    return [choice?.message.content ?? '', call, usage['prompt_tokens'], usage['completion_tokens']]
  }
  const list = (client === 'responses' ? whole['output'] : whole['content']) as Body[]
  const text = list.flatMap((one) =>
    client === 'responses' ? ((one['content'] as Body[] | undefined) ?? []) : [one],
  )
  const call = list.map(
    (one) =>
      one['arguments'] ?? (one['type'] === 'tool_use' ? JSON.stringify(one['input']) : undefined),
  )
  return [
    text.map((one) => (one['text'] as string | undefined) ?? '').join(''),
    call.find((one) => one !== undefined),
    usage['input_tokens'],
    usage['output_tokens'],
  ]
}

test.each(ALL_PAIRS)(
  'a text from %s to %s and back, whole and as a stream, with its usage',
  async (client, into) => {
    for (const stream of [false, true]) {
      // oxlint-disable-next-line no-await-in-loop -- two exchanges
      const { whole } = await exchange(
        client,
        into,
        { ...ASKS[client], stream },
        wireAnswer(into, { model: 'm', stream }),
      )
      expect(found(client, whole)).toEqual(['Hello ✓', undefined, 11, 7])
    }
  },
)

test.each(ALL_PAIRS)(
  'a tool call from %s to %s and back, whole and as a stream',
  async (client, into) => {
    for (const stream of [false, true]) {
      const body = { ...ASKS[client], ...TOOLS[client], stream }
      // oxlint-disable-next-line no-await-in-loop -- two exchanges
      const { whole, sent } = await exchange(
        client,
        into,
        body,
        wireAnswer(into, { model: 'm', stream, tools: [1] }),
      )
      expect(found(client, whole)).toEqual(['', ARGUMENTS, 11, 7])
      expect(JSON.stringify(sent['tools'])).toContain('"weather"')
    }
  },
)

interface ToolEvent {
  readonly delta?: unknown
  readonly choices?: readonly {
    readonly delta: {
      readonly tool_calls?: readonly { readonly function: { readonly arguments: string } }[]
    }
  }[]
}

/** The arguments of the tool call, put together from the events as a client does. */
function argumentsIn(client: SpokenProtocol, text: string): string {
  const datas = text.split('\n').filter((line) => line.startsWith('data: {'))
  return datas
    .map((line) => JSON.parse(line.slice(6)) as ToolEvent)
    .map(({ delta, choices }) => {
      if (client === 'chat') return choices?.[0]?.delta.tool_calls?.[0]?.function.arguments ?? ''
      if (client === 'responses') return typeof delta === 'string' ? delta : ''
      return (delta as { partial_json?: string } | undefined)?.partial_json ?? ''
    })
    .join('')
}

test.each(PAIRS)(
  'arguments from %s to %s are byte-equal however they are split',
  async (client, into) => {
    const body = { ...ASKS[client], ...TOOLS[client], stream: true }
    for (let at = 0; at <= ARGUMENTS.length; at += 1) {
      const pieces = [ARGUMENTS.slice(0, at), ARGUMENTS.slice(at)]
      const answer = wireAnswer(into, { model: 'm', stream: true, tools: [1], pieces })
      // oxlint-disable-next-line no-await-in-loop -- one exchange after the other
      const { text } = await exchange(client, into, body, answer)
      expect(argumentsIn(client, text)).toBe(ARGUMENTS)
    }
  },
)

const bytewise = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.from([byte]))

test.each(ALL_PAIRS)(
  'a stream from %s to %s gives the same events when each byte comes alone',
  async (client, into) => {
    const body = { ...ASKS[client], ...TOOLS[client], stream: true }
    const answer = wireAnswer(into, { model: 'm', stream: true, tools: [1] })
    const { text } = await exchange(client, into, body, answer)
    expect(text).not.toContain('\uFFFD')
    expect((await exchange(client, into, body, answer, bytewise)).text).toBe(text)
  },
)

test('a stream gives the same events wherever it is cut', async () => {
  const body = { ...ASKS.messages, ...TOOLS.messages, stream: true }
  const pieces = ['{"city":"北', '京"}']
  const answer = wireAnswer('chat', { model: 'm', stream: true, tools: [1], pieces })
  const { text } = await exchange('messages', 'chat', body, answer)
  const { length } = Buffer.from(String(answer))
  const differing: number[] = []
  for (let at = 1; at < length; at += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one exchange after the other
    const cut = await exchange('messages', 'chat', body, answer, (bytes) => [
      bytes.subarray(0, at),
      bytes.subarray(at),
    ])
    if (cut.text !== text) differing.push(at)
  }
  expect(differing).toEqual([])
})
