import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { Usage } from '../usage/usage.ts'
import { Blocks, counts, googleSignature } from './answer-writer.ts'
import type { AnswerFacts, AnswerWriter, FinishReason } from './answer-writer.ts'

const REASONS: Readonly<Partial<Record<FinishReason, string>>> = {
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
}

type CallPart = Extract<LanguageModelV4StreamPart, { readonly toolName: string }>

/** Writes chat completions. Source: the types of `openai` 7.59.0. Reasoning is `reasoning_content`, as DeepSeek and others write it. */
export class ChatWriter implements AnswerWriter {
  readonly #facts: AnswerFacts
  readonly #showsUsage: boolean
  readonly #blocks = new Blocks()
  #calls = 0
  readonly #places = new Map<string, number>()
  #isBegun = false
  #reason = 'stop'
  #usage: object = {}

  /** `showsUsage`: the client asked for the usage of the stream. */
  constructor(facts: AnswerFacts, showsUsage: boolean) {
    this.#facts = facts
    this.#showsUsage = showsUsage
  }

  push(part: LanguageModelV4StreamPart): string {
    switch (part.type) {
      case 'text-delta':
      case 'reasoning-delta': {
        const kind = part.type === 'text-delta' ? 'text' : 'reasoning'
        const block = this.#blocks.find(kind, part.id) ?? this.#blocks.start(kind, part.id)
        block.text += part.delta
        if (part.delta === '') return ''
        return this.#chunk({ [kind === 'text' ? 'content' : 'reasoning_content']: part.delta })
      }
      case 'tool-input-start':
        return this.#startCall(part, part.id, '')
      case 'tool-input-delta': {
        const block = this.#blocks.find('tool', part.id)
        if (block === undefined || part.delta === '') return ''
        block.text += part.delta
        return this.#chunk({
          tool_calls: [{ index: this.#places.get(part.id), function: { arguments: part.delta } }],
        })
      }
      case 'tool-call':
        if (this.#blocks.find('tool', part.toolCallId) !== undefined) return ''
        return this.#startCall(part, part.toolCallId, part.input)
      default:
        return ''
    }
  }

  finish(reason: FinishReason, usage: Usage | undefined): string {
    this.#reason = REASONS[reason] ?? 'stop'
    const { input, cached, output, reasoning } = counts(usage)
    this.#usage = {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
      prompt_tokens_details: { cached_tokens: cached },
      completion_tokens_details: { reasoning_tokens: reasoning },
    }
    const last = this.#chunk({}, this.#reason)
    const used = this.#showsUsage
      ? event({ ...this.#base('chat.completion.chunk'), choices: [], usage: this.#usage })
      : ''
    return last + used
  }

  whole(): object {
    const text = (kind: string): string =>
      this.#blocks.all
        .filter((block) => block.kind === kind)
        .map((block) => block.text)
        .join('')
    const calls = this.#blocks.all
      .filter((block) => block.kind === 'tool')
      .map(({ id, name, text: args, seal }) => ({
        id,
        type: 'function',
        function: { name, arguments: args },
        ...signed(seal),
      }))
    const [content, reasoning] = [text('text'), text('reasoning')]
    const message = {
      role: 'assistant',
      content: content === '' ? null : content,
      refusal: null,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(calls.length > 0 && { tool_calls: calls }),
    }
    const choice = { index: 0, message, finish_reason: this.#reason, logprobs: null }
    return { ...this.#base('chat.completion'), choices: [choice], usage: this.#usage }
  }

  #startCall({ toolName: name, providerMetadata }: CallPart, id: string, input: string): string {
    const block = this.#blocks.start('tool', id, name)
    block.text = input
    block.seal = googleSignature(providerMetadata)
    const index = this.#calls
    this.#calls += 1
    this.#places.set(id, index)
    return this.#chunk({
      tool_calls: [
        {
          index,
          id,
          type: 'function',
          function: { name, arguments: input },
          ...signed(block.seal),
        },
      ],
    })
  }

  #chunk(delta: object, finish: string | null = null): string {
    const role = this.#isBegun ? {} : { role: 'assistant' }
    this.#isBegun = true
    const choice = { index: 0, delta: { ...role, ...delta }, logprobs: null, finish_reason: finish }
    return event({ ...this.#base('chat.completion.chunk'), choices: [choice] })
  }

  #base(object: string): object {
    const { id, created, model } = this.#facts
    return { id: `chatcmpl-${id}`, object, created, model }
  }
}

/** Google's signature of a tool call, where its own chat completions have it. Source: https://ai.google.dev/gemini-api/docs/thought-signatures. */
function signed(seal: string | undefined): object {
  return seal === undefined ? {} : { extra_content: { google: { thought_signature: seal } } }
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`
}
