import { SIGNED } from './sealing-wires.ts'
import type { Body, Read, Round, Wire } from './sealing-wires.ts'

/** The SDK writes it where Google's signature is missing. */
const NO_SEAL = 'skip_thought_signature_validator'

const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : ((content ?? []) as Body[]).map(({ text }) => text ?? '').join('')

/** Whether the arguments of a call are the JSON of an object. */
function isInput(args: unknown): boolean {
  try {
    const value: unknown = typeof args === 'string' ? JSON.parse(args) : args
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** Rounds from messages, of which those of a user with a text begin a turn. */
function readRounds(
  messages: readonly Body[],
  promptOf: (message: Body) => string | undefined,
  roundOf: (message: Body) => Round | undefined,
): Pick<Read, 'prompt' | 'rounds' | 'sincePrompt'> {
  let prompt = ''
  let sincePrompt = 0
  const rounds: Round[] = []
  for (const message of messages) {
    const said = promptOf(message)
    if (said !== undefined) {
      prompt = said
      sincePrompt = 0
    }
    const round = roundOf(message)
    if (round === undefined) continue
    rounds.push(round)
    sincePrompt += 1
  }
  return { prompt, rounds, sincePrompt }
}

/** Read the conversation of a request. */
export const READERS: Readonly<Record<Wire, (body: Body) => Read>> = {
  messages: (body) => ({
    hasTools: body.tools !== undefined,
    ...readRounds(
      body.messages,
      ({ role, content }) =>
        role === 'user' && !content.some(({ type }: Body) => type === 'tool_result')
          ? textOf(content)
          : undefined,
      ({ role, content }) =>
        role === 'assistant'
          ? {
              seals: content.flatMap(({ type, thinking, signature, data }: Body) =>
                type === 'thinking'
                  ? [{ seal: signature, text: thinking }]
                  : type === 'redacted_thinking'
                    ? [{ seal: data, text: '' }]
                    : [],
              ),
              calls: content.filter(({ type }: Body) => type === 'tool_use').length,
              isMalformed: content.some(
                ({ type, input }: Body) =>
                  type === 'tool_use' && (typeof input === 'string' || !isInput(input)),
              ),
            }
          : undefined,
    ),
  }),
  responses(body) {
    // Items of the assistant between those of others are one round.
    const groups: Body[] = []
    for (const item of body.input as Body[]) {
      const isOwn = ['reasoning', 'function_call'].includes(item.type) || item.role === 'assistant'
      const last = groups.at(-1)
      if (isOwn && last?.own !== undefined) last.own.push(item)
      else groups.push(isOwn ? { own: [item] } : item)
    }
    return {
      hasTools: body.tools !== undefined,
      ...readRounds(
        groups,
        ({ role, content }) => (role === 'user' ? textOf(content) : undefined),
        ({ own }) =>
          own && {
            seals: own.flatMap(({ type, encrypted_content: seal, summary }: Body) =>
              type === 'reasoning' ? [{ seal, text: textOf(summary) }] : [],
            ),
            calls: own.filter(({ type }: Body) => type === 'function_call').length,
            isMalformed: own.some(
              ({ type, arguments: args }: Body) => type === 'function_call' && !isInput(args),
            ),
          },
      ),
    }
  },
  chat: (body) => ({
    hasTools: body.tools !== undefined,
    ...readRounds(
      body.messages,
      ({ role, content }) => (role === 'user' ? textOf(content) : undefined),
      ({ role, tool_calls: calls = [] }) =>
        role === 'assistant'
          ? {
              seals: calls.flatMap(({ extra_content: extra }: Body) => {
                const seal = extra?.google?.thought_signature
                return seal === undefined ? [] : [{ seal, text: SIGNED }]
              }),
              calls: calls.length,
              isMalformed: calls.some(({ function: asked }: Body) => !isInput(asked.arguments)),
            }
          : undefined,
    ),
  }),
  google: (body) => ({
    hasTools: body.tools !== undefined,
    ...readRounds(
      body.contents,
      ({ role, parts }) =>
        role === 'user' && parts.every(({ functionResponse }: Body) => functionResponse == null)
          ? textOf(parts)
          : undefined,
      ({ role, parts }) =>
        role === 'model'
          ? {
              seals: parts.flatMap(({ thoughtSignature: seal }: Body) =>
                seal === undefined || seal === NO_SEAL ? [] : [{ seal, text: SIGNED }],
              ),
              calls: parts.filter(({ functionCall }: Body) => functionCall != null).length,
            }
          : undefined,
    ),
  }),
}
