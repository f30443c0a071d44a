import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { parseJson } from '@alkdev/std'
import type { Usage } from '../usage/usage.ts'
import { Blocks, counts, googleSignature, sealOf } from './answer-writer.ts'
import type { AnswerFacts, AnswerWriter, Block, FinishReason } from './answer-writer.ts'

const REASONS: Readonly<Partial<Record<FinishReason, string>>> = {
  length: 'max_tokens',
  'content-filter': 'refusal',
  'tool-calls': 'tool_use',
}

/**
 * Writes messages. Source: the types of `@anthropic-ai/sdk` 1.14.0. Thinking of OpenAI has a signature that only this hub reads. Clients
 * expect one block after the other: parts of a later block wait until the earlier ones have ended.
 */
export class MessagesWriter implements AnswerWriter {
  readonly #facts: AnswerFacts
  readonly #blocks = new Blocks()
  readonly #waiting = new Map<Block, string[]>()
  #current = 0
  #isBegun = false
  #reason = 'end_turn'
  #usage: object = { input_tokens: 0, output_tokens: 0 }

  constructor(facts: AnswerFacts) {
    this.#facts = facts
  }

  push(part: LanguageModelV4StreamPart): string {
    switch (part.type) {
      case 'text-start':
        return this.#start('text', part.id)
      case 'reasoning-start': {
        const started = this.#start('reasoning', part.id)
        this.#seal(part.id, part.providerMetadata)
        return started
      }
      case 'tool-input-start':
        return (
          this.#callSeal(part.id, part.providerMetadata) +
          this.#start('tool', part.id, part.toolName)
        )
      case 'text-delta':
        return this.#delta('text', part.id, part.delta, { type: 'text_delta', text: part.delta })
      case 'reasoning-delta':
        this.#seal(part.id, part.providerMetadata)
        return this.#delta('reasoning', part.id, part.delta, {
          type: 'thinking_delta',
          thinking: part.delta,
        })
      case 'tool-input-delta':
        return this.#delta('tool', part.id, part.delta, {
          type: 'input_json_delta',
          partial_json: part.delta,
        })
      case 'text-end':
        return this.#end('text', part.id)
      case 'reasoning-end':
        this.#seal(part.id, part.providerMetadata)
        return this.#end('reasoning', part.id)
      case 'tool-input-end':
        return this.#end('tool', part.id)
      case 'tool-call': {
        const { toolCallId, toolName, input } = part
        if (this.#blocks.find('tool', toolCallId) !== undefined) return ''
        const delta = { type: 'input_json_delta', partial_json: input }
        return (
          this.#callSeal(toolCallId, part.providerMetadata) +
          this.#start('tool', toolCallId, toolName) +
          this.#delta('tool', toolCallId, input, delta) +
          this.#end('tool', toolCallId)
        )
      }
      default:
        return ''
    }
  }

  finish(reason: FinishReason, usage: Usage | undefined): string {
    let rest = ''
    for (const block of this.#blocks.all) if (block.isOpen) rest += this.#end(block.kind, block.id)
    this.#reason = REASONS[reason] ?? 'end_turn'
    const { input, cached, output } = counts(usage)
    this.#usage = {
      input_tokens: input - cached,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: cached,
      output_tokens: output,
    }
    const delta = { stop_reason: this.#reason, stop_sequence: null }
    return (
      this.#begin() +
      rest +
      event({ type: 'message_delta', delta, usage: this.#usage }) +
      event({ type: 'message_stop' })
    )
  }

  whole(): object {
    const content = this.#blocks.all.map((block) => {
      if (block.kind === 'text') return { type: 'text', text: block.text, citations: null }
      if (block.kind === 'reasoning')
        return { type: 'thinking', thinking: block.text, signature: block.seal ?? '' }
      return { type: 'tool_use', id: block.id, name: block.name, input: inputOf(block.text) }
    })
    return { ...this.#base(), content, stop_reason: this.#reason, usage: this.#usage }
  }

  #start(kind: Block['kind'], id: string, name = ''): string {
    const block = this.#blocks.start(kind, id, name)
    const opened =
      kind === 'text'
        ? { type: 'text', text: '' }
        : kind === 'reasoning'
          ? { type: 'thinking', thinking: '', signature: '' }
          : { type: 'tool_use', id, name, input: {} }
    return (
      this.#begin() +
      this.#give(
        block,
        event({ type: 'content_block_start', index: block.index, content_block: opened }),
      )
    )
  }

  #delta(kind: Block['kind'], id: string, text: string, delta: object): string {
    const block = this.#blocks.find(kind, id)
    if (block === undefined || text === '') return ''
    block.text += text
    return this.#give(block, event({ type: 'content_block_delta', index: block.index, delta }))
  }

  #end(kind: Block['kind'], id: string): string {
    const block = this.#blocks.find(kind, id)
    if (block === undefined || !block.isOpen) return ''
    block.isOpen = false
    const { index, seal } = block
    const signed =
      seal === undefined
        ? ''
        : event({
            type: 'content_block_delta',
            index,
            delta: { type: 'signature_delta', signature: seal },
          })
    let out = this.#give(block, signed + event({ type: 'content_block_stop', index }))
    while (this.#blocks.all[this.#current]?.isOpen === false) {
      this.#current += 1
      const next = this.#blocks.all[this.#current]
      if (next !== undefined) out += (this.#waiting.get(next) ?? []).splice(0).join('')
    }
    return out
  }

  #give(block: Block, events: string): string {
    if (block.index <= this.#current) return events
    const waiting = this.#waiting.get(block) ?? []
    waiting.push(events)
    this.#waiting.set(block, waiting)
    return ''
  }

  /** What the maker of a tool call must get back with it (Google) is reasoning without a text before the call. */
  #callSeal(callId: string, metadata: unknown): string {
    if (googleSignature(metadata) === undefined) return ''
    const id = `seal-${callId}`
    const started = this.#start('reasoning', id)
    this.#seal(id, metadata)
    return started + this.#end('reasoning', id)
  }

  #seal(id: string, metadata: unknown): void {
    const block = this.#blocks.find('reasoning', id)
    if (block !== undefined) block.seal = sealOf(metadata) ?? block.seal
  }

  #begin(): string {
    if (this.#isBegun) return ''
    this.#isBegun = true
    const usage = { input_tokens: 0, output_tokens: 0 }
    return event({
      type: 'message_start',
      message: { ...this.#base(), content: [], stop_reason: null, usage },
    })
  }

  #base(): object {
    const { id, model } = this.#facts
    return { id: `msg_${id}`, type: 'message', role: 'assistant', model, stop_sequence: null }
  }
}

function inputOf(text: string): unknown {
  try {
    return text.trim() === '' ? {} : parseJson(text)
  } catch {
    return {}
  }
}

function event(data: Readonly<Record<string, unknown>> & { readonly type: string }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
}
