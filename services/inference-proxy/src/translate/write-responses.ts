import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { Usage } from '../usage/usage.ts'
import { Blocks, counts, googleSignature, sealOf } from './answer-writer.ts'
import { customInput } from './responses-tools.ts'
import type { ResponsesTools } from './responses-tools.ts'
import type { AnswerFacts, AnswerWriter, Block, FinishReason } from './answer-writer.ts'

/** Writes responses that are not stored. Source: the types of `openai` 7.59.0. Thinking of Anthropic is reasoning whose encrypted form only this hub reads. */
export class ResponsesWriter implements AnswerWriter {
  readonly #facts: AnswerFacts
  readonly #tools: ResponsesTools
  readonly #blocks = new Blocks()
  #sequence = 0
  #isBegun = false
  #status = 'in_progress'
  #incomplete: object | null = null
  #usage: object | null = null

  constructor(facts: AnswerFacts, tools: ResponsesTools) {
    this.#facts = facts
    this.#tools = tools
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
        return this.#delta('text', part.id, part.delta)
      case 'reasoning-delta':
        this.#seal(part.id, part.providerMetadata)
        return this.#delta('reasoning', part.id, part.delta)
      case 'tool-input-delta':
        return this.#delta('tool', part.id, part.delta)
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
        return (
          this.#callSeal(toolCallId, part.providerMetadata) +
          this.#start('tool', toolCallId, toolName) +
          this.#delta('tool', toolCallId, input) +
          this.#end('tool', toolCallId)
        )
      }
      default:
        return ''
    }
  }

  finish(reason: FinishReason, usage: Usage | undefined): string {
    let rest = this.#begin()
    for (const block of this.#blocks.all) if (block.isOpen) rest += this.#end(block.kind, block.id)
    const why =
      reason === 'length'
        ? 'max_output_tokens'
        : reason === 'content-filter'
          ? 'content_filter'
          : undefined
    this.#status = why === undefined ? 'completed' : 'incomplete'
    this.#incomplete = why === undefined ? null : { reason: why }
    const { input, cached, output, reasoning } = counts(usage)
    this.#usage = {
      input_tokens: input,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: reasoning },
      total_tokens: input + output,
    }
    return rest + this.#event(`response.${this.#status}`, { response: this.whole() })
  }

  whole(): object {
    const { id, created, model } = this.#facts
    return {
      id: `resp_${id}`,
      object: 'response',
      created_at: created,
      status: this.#status,
      error: null,
      incomplete_details: this.#incomplete,
      model,
      output: this.#blocks.all.filter(({ isOpen }) => !isOpen).map((block) => this.#item(block)),
      parallel_tool_calls: true,
      store: false,
      tools: [],
      usage: this.#usage,
    }
  }

  #start(kind: Block['kind'], id: string, name = ''): string {
    const begun = this.#begin()
    const block = this.#blocks.start(kind, id, name)
    const added = this.#event('response.output_item.added', {
      output_index: block.index,
      item: this.#item(block),
    })
    const part =
      kind === 'text'
        ? this.#event('response.content_part.added', {
            ...this.#place(block),
            content_index: 0,
            part: { type: 'output_text', text: '', annotations: [] },
          })
        : ''
    return begun + added + part
  }

  #delta(kind: Block['kind'], id: string, delta: string): string {
    const block = this.#blocks.find(kind, id)
    if (block === undefined || delta === '') return ''
    const isFirst = block.text === ''
    block.text += delta
    const place = this.#place(block)
    // The text of a custom tool is a member of the arguments, which are known at their end.
    if (kind === 'tool')
      return this.#tools.find(block.name).isCustom
        ? ''
        : this.#event('response.function_call_arguments.delta', { ...place, delta })
    if (kind === 'text')
      return this.#event('response.output_text.delta', { ...place, content_index: 0, delta })
    const summary = { ...place, summary_index: 0 }
    const opened = isFirst
      ? this.#event('response.reasoning_summary_part.added', {
          ...summary,
          part: { type: 'summary_text', text: '' },
        })
      : ''
    return opened + this.#event('response.reasoning_summary_text.delta', { ...summary, delta })
  }

  #end(kind: Block['kind'], id: string): string {
    const block = this.#blocks.find(kind, id)
    if (block === undefined || !block.isOpen) return ''
    block.isOpen = false
    const { text } = block
    const place = this.#place(block)
    let done = ''
    if (kind === 'tool') done = this.#endTool(block)
    else if (kind === 'text')
      done =
        this.#event('response.output_text.done', { ...place, content_index: 0, text }) +
        this.#event('response.content_part.done', {
          ...place,
          content_index: 0,
          part: { type: 'output_text', text, annotations: [] },
        })
    else if (text !== '')
      done =
        this.#event('response.reasoning_summary_text.done', { ...place, summary_index: 0, text }) +
        this.#event('response.reasoning_summary_part.done', {
          ...place,
          summary_index: 0,
          part: { type: 'summary_text', text },
        })
    return (
      done +
      this.#event('response.output_item.done', {
        output_index: block.index,
        item: this.#item(block),
      })
    )
  }

  #endTool(block: Block): string {
    const { name, text } = block
    const place = this.#place(block)
    const tool = this.#tools.find(name)
    if (!tool.isCustom)
      return this.#event('response.function_call_arguments.done', {
        ...place,
        name: tool.name,
        arguments: text,
      })
    const input = customInput(text)
    return (
      this.#event('response.custom_tool_call_input.delta', { ...place, delta: input }) +
      this.#event('response.custom_tool_call_input.done', { ...place, input })
    )
  }

  #toolItem({ isOpen, text, name, id }: Block, itemId: string, status: string): object {
    const { isCustom, ...tool } = this.#tools.find(name)
    return isCustom
      ? {
          type: 'custom_tool_call',
          id: itemId,
          call_id: id,
          ...tool,
          input: isOpen ? '' : customInput(text),
          status,
        }
      : { type: 'function_call', id: itemId, call_id: id, ...tool, arguments: text, status }
  }

  #item(block: Block): object {
    const { kind, isOpen, text, seal } = block
    const status = isOpen ? 'in_progress' : 'completed'
    const itemId = this.#itemId(block)
    if (kind === 'tool') return this.#toolItem(block, itemId, status)
    if (kind === 'text') {
      const content = isOpen ? [] : [{ type: 'output_text', text, annotations: [] }]
      return { type: 'message', id: itemId, role: 'assistant', status, content }
    }
    const summary = text === '' ? [] : [{ type: 'summary_text', text }]
    return {
      type: 'reasoning',
      id: itemId,
      summary,
      ...(seal !== undefined && { encrypted_content: seal }),
    }
  }

  #itemId({ kind, index, name }: Block): string {
    const toolPrefix = this.#tools.find(name).isCustom ? 'ctc' : 'fc'
    const prefix = kind === 'tool' ? toolPrefix : kind === 'text' ? 'msg' : 'rs'
    return `${prefix}_${this.#facts.id}_${index}`
  }

  #place(block: Block): object {
    return { output_index: block.index, item_id: this.#itemId(block) }
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
    const response = { ...this.whole(), output: [] }
    return (
      this.#event('response.created', { response }) +
      this.#event('response.in_progress', { response })
    )
  }

  #event(type: string, data: object): string {
    const text = JSON.stringify({ type, sequence_number: this.#sequence, ...data })
    this.#sequence += 1
    return `event: ${type}\ndata: ${text}\n\n`
  }
}
