import { parseJson } from '@alkdev/std'
import { textIn } from '../translate/reading.ts'
import { listOf, member, plainText } from '../usage/usage.ts'
import type { HubTools } from './hub-tools.ts'
import { readMessages } from './messages-history.ts'
import type { Conversation, EndedToolCall, Round, ToolCall } from './round.ts'
import { sumCounts } from './sum-counts.ts'

/** A block of a stream, and the pieces of its text. */
interface OpenBlock {
  readonly place: number
  readonly block: Record<string, unknown>
  json: string
}

/** A request for a message whose hub tools the proxy runs. Source: the types of `@anthropic-ai/sdk` 1.14.0. */
export class MessagesConversation implements Conversation {
  readonly approved: readonly ToolCall[] = []
  readonly #request: Readonly<Record<string, unknown>>
  readonly #hub: HubTools
  readonly #messages: unknown[]
  readonly #content: unknown[] = []
  #usage: unknown
  #last: Record<string, unknown> = {}
  #rounds = 0
  #nextIndex = 0
  #open = new Map<unknown, OpenBlock>()
  #start: Record<string, unknown> | undefined
  #delta: Record<string, unknown> | undefined
  #isEnded = false

  constructor(request: Readonly<Record<string, unknown>>, hub: HubTools) {
    this.#request = request
    this.#hub = hub
    this.#messages = readMessages(request['messages'], hub)
  }

  body(): Record<string, unknown> {
    const { mcp_servers: _servers, ...rest } = this.#request
    const tools = [...this.#hub.tools].map(([name, { description, inputSchema }]) => ({
      name,
      description,
      input_schema: inputSchema,
    }))
    const choice = this.#request['tool_choice']
    // A tool is forced in the first round only: the model would never end otherwise.
    const isForced = ['any', 'tool'].includes(plainText(choice, 'type'))
    return {
      ...rest,
      messages: this.#messages,
      tools: [...this.#hub.others, ...tools],
      ...(isForced && this.#rounds > 0 && { tool_choice: { ...(choice as object), type: 'auto' } }),
    }
  }

  take(answer: unknown): Round {
    this.#rounds += 1
    this.#last = answer as Record<string, unknown>
    this.#usage = sumCounts(this.#usage, member(answer, 'usage'))
    const blocks = listOf(member(answer, 'content'))
    const calls: ToolCall[] = []
    let asksClient = false
    for (const block of blocks) {
      const tool = this.#toolOf(block)
      this.#content.push(tool === undefined ? block : this.#shown(block, tool))
      if (tool !== undefined)
        calls.push({
          id: plainText(block, 'id'),
          tool,
          arguments: JSON.stringify(member(block, 'input') ?? {}),
        })
      else asksClient ||= member(block, 'type') === 'tool_use'
    }
    if (blocks.length > 0) this.#messages.push({ role: 'assistant', content: blocks })
    const isCalling = member(answer, 'stop_reason') === 'tool_use'
    return { calls: isCalling ? calls : [], isLast: asksClient || !isCalling || calls.length === 0 }
  }

  #toolOf(block: unknown): string | undefined {
    if (member(block, 'type') !== 'tool_use') return undefined
    return this.#hub.tools.get(plainText(block, 'name'))?.name
  }

  #shown(block: unknown, tool: string): object {
    return {
      ...(block as object),
      type: 'mcp_tool_use',
      name: tool,
      server_name: this.#hub.label,
    }
  }

  push(event: unknown): string {
    const type = member(event, 'type')
    switch (type) {
      case 'message_start': {
        const message = member(event, 'message') as Record<string, unknown>
        const isFirst = this.#start === undefined && this.#rounds === 0
        this.#start = message
        return isFirst ? written(type, event as object) : ''
      }
      case 'content_block_start':
        return this.#startBlock(event as Record<string, unknown>)
      case 'content_block_delta':
        return this.#addDelta(event as Record<string, unknown>)
      case 'content_block_stop': {
        const open = this.#open.get(member(event, 'index'))
        return open === undefined ? '' : written(type, { type, index: open.place })
      }
      case 'message_delta':
        this.#delta = event as Record<string, unknown>
        return ''
      case 'message_stop':
        this.#isEnded = true
        return ''
      default:
        return typeof type === 'string' ? written(type, event as object) : ''
    }
  }

  #startBlock(event: Record<string, unknown>): string {
    const block = { ...(event['content_block'] as Record<string, unknown>) }
    const place = this.#nextIndex
    this.#nextIndex += 1
    this.#open.set(event['index'], { place, block, json: '' })
    const tool = this.#toolOf(block)
    const shown = tool === undefined ? block : this.#shown(block, tool)
    return written('content_block_start', { ...event, index: place, content_block: shown })
  }

  #addDelta(event: Record<string, unknown>): string {
    const open = this.#open.get(event['index'])
    if (open === undefined) return ''
    const { block } = open
    const delta = event['delta']
    const add = (name: string, text: unknown): void => {
      if (typeof text === 'string')
        block[name] = `${(block[name] as string | undefined) ?? ''}${text}`
    }
    switch (member(delta, 'type')) {
      case 'text_delta':
        add('text', member(delta, 'text'))
        break
      case 'thinking_delta':
        add('thinking', member(delta, 'thinking'))
        break
      case 'signature_delta':
        add('signature', member(delta, 'signature'))
        break
      case 'input_json_delta':
        open.json += textIn(delta, 'partial_json') ?? ''
        break
      case 'citations_delta':
        block['citations'] = [...listOf(block['citations']), member(delta, 'citation')]
        break
      default:
    }
    return written('content_block_delta', { ...event, index: open.place })
  }

  roundOf(): Round | undefined {
    if (!this.#isEnded || this.#start === undefined) return undefined
    const content = [...this.#open.values()].map(({ block, json }) =>
      member(block, 'type') === 'tool_use' && json !== ''
        ? { ...block, input: inputOf(json) }
        : block,
    )
    const delta = member(this.#delta, 'delta') as object | undefined
    const usage = {
      ...(this.#start['usage'] as object | undefined),
      ...(member(this.#delta, 'usage') as object | undefined),
    }
    const round = this.take({ ...this.#start, ...delta, content, usage })
    this.#open = new Map()
    this.#isEnded = false
    return round
  }

  ended(calls: readonly EndedToolCall[]): string {
    const results: object[] = []
    let events = ''
    for (const { id, output, isError } of calls) {
      const more = isError ? { is_error: true } : {}
      results.push({ type: 'tool_result', tool_use_id: id, content: output, ...more })
      const block = {
        type: 'mcp_tool_result',
        tool_use_id: id,
        is_error: isError,
        content: [{ type: 'text', text: output }],
      }
      this.#content.push(block)
      const index = this.#nextIndex
      this.#nextIndex += 1
      events +=
        written('content_block_start', {
          type: 'content_block_start',
          index,
          content_block: block,
        }) + written('content_block_stop', { type: 'content_block_stop', index })
    }
    if (results.length > 0) this.#messages.push({ role: 'user', content: results })
    return events
  }

  /** The protocol has no questions for approval. */
  asked(): string {
    return ''
  }

  finish(): string {
    const { stop_reason = null, stop_sequence = null } = this.#last
    const delta = { stop_reason, stop_sequence }
    return (
      written('message_delta', { type: 'message_delta', delta, usage: this.#usage ?? {} }) +
      written('message_stop', { type: 'message_stop' })
    )
  }

  whole(): object {
    return { ...this.#last, content: this.#content, usage: this.#usage }
  }
}

function inputOf(json: string): unknown {
  try {
    return parseJson(json)
  } catch {
    return {}
  }
}

function written(type: string, event: object): string {
  return `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`
}
