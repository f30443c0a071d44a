import { createHash } from 'node:crypto'
import type { Conversation } from './conversation.ts'
import { fillText, fillValue } from './fill-text.ts'
import type { ScriptStep } from './script.ts'

/** Characters that are counted as one token. */
const TOKEN_CHARS = 4

export interface AnswerCall {
  readonly id: string
  readonly name: string
  /** JSON, unless the script sends something else. */
  readonly arguments: string
}

/** What the model says in one step, before it is written in a format. */
export interface Answer {
  readonly id: string
  readonly model: string
  readonly reasoning: string
  readonly text: string
  readonly times: number
  readonly calls: readonly AnswerCall[]
  readonly finish: string
  readonly usage: { readonly input: number; readonly output: number } | undefined
}

/** Fills a step with the texts of the conversation. `body`: the request as it came, of which ids are derived. */
export function answerOf(
  model: string,
  step: ScriptStep,
  conversation: Conversation,
  body: string,
): Answer {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
  const reasoning = fillText(step.reasoning ?? '', conversation)
  const text = fillText(step.say ?? '', conversation)
  const times = step.times ?? 1
  const calls = (step.calls ?? []).map((call, index) => ({
    id: `call_${hash}_${index}`,
    name: call.tool,
    arguments: call.text ?? JSON.stringify(fillValue(call.arguments ?? {}, conversation)),
  }))
  const chars =
    reasoning.length +
    text.length * times +
    calls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0)
  const estimate = { input: tokens(body.length), output: tokens(chars) }
  return {
    id: `chatcmpl-${hash}`,
    model,
    reasoning,
    text,
    times,
    calls,
    finish: step.finish ?? (calls.length > 0 ? 'tool_calls' : 'stop'),
    usage: step.usage === false ? undefined : (step.usage ?? estimate),
  }
}

function tokens(chars: number): number {
  return Math.ceil(chars / TOKEN_CHARS)
}

/** The usage as OpenAI reports it. */
export function usageOf({ usage }: Answer): object | undefined {
  return (
    usage && {
      prompt_tokens: usage.input,
      completion_tokens: usage.output,
      total_tokens: usage.input + usage.output,
    }
  )
}

/** The answer of a request without `stream`. */
export function wholeAnswer(answer: Answer): object {
  const { id, model, reasoning, text, times, calls, finish } = answer
  return {
    id,
    object: 'chat.completion',
    created: now(),
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text === '' ? null : text.repeat(times),
          ...(reasoning !== '' && { reasoning_content: reasoning }),
          ...(calls.length > 0 && { tool_calls: calls.map((call) => toolCall(call)) }),
        },
        finish_reason: finish,
      },
    ],
    usage: usageOf(answer),
  }
}

function toolCall({ id, name, arguments: text }: AnswerCall): object {
  return { id, type: 'function', function: { name, arguments: text } }
}

/** The deltas of a stream, in order. */
export function* deltasOf(answer: Answer, pieceChars: number): Generator<object, void, unknown> {
  yield { role: 'assistant', content: '' }
  for (const piece of pieces(answer.reasoning, pieceChars)) yield { reasoning_content: piece }
  for (let time = 0; time < answer.times; time += 1)
    for (const piece of pieces(answer.text, pieceChars)) yield { content: piece }
  for (const [index, { id, name, arguments: text }] of answer.calls.entries()) {
    yield { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }
    for (const piece of pieces(text, pieceChars))
      yield { tool_calls: [{ index, function: { arguments: piece } }] }
  }
}

/** How many deltas `deltasOf` gives. */
export function deltaCount({ reasoning, text, times, calls }: Answer, pieceChars: number): number {
  const count = (one: string): number => Math.ceil(Array.from(one).length / pieceChars)
  return (
    1 +
    count(reasoning) +
    times * count(text) +
    calls.reduce((sum, call) => sum + 1 + count(call.arguments), 0)
  )
}

/** Parts of at most `chars` characters; none for an empty text. No character is split. */
function* pieces(text: string, chars: number): Generator<string, void, unknown> {
  let piece = ''
  let length = 0
  for (const char of text) {
    piece += char
    length += 1
    if (length < chars) continue
    yield piece
    piece = ''
    length = 0
  }
  if (piece !== '') yield piece
}

/** One event of a stream. */
export function chunkOf({ id, model }: Answer, choice: object | undefined, usage?: object): object {
  return {
    id,
    object: 'chat.completion.chunk',
    created: now(),
    model,
    choices: choice === undefined ? [] : [{ index: 0, finish_reason: null, ...choice }],
    ...(usage && { usage }),
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
