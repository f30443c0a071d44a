import { listOf, member, plainText } from '../usage/usage.ts'
import type { HubTools } from './hub-tools.ts'
import {
  approvalIdOf,
  functionCall,
  functionOutput,
  itemIdOf,
  readHistory,
} from './responses-history.ts'
import type { Conversation, EndedToolCall, Round, ToolCall } from './round.ts'
import { sumCounts } from './sum-counts.ts'

/** Items with which a model asks the client to run something. */
const CLIENT_CALLS: ReadonlySet<unknown> = new Set([
  'function_call',
  'custom_tool_call',
  'computer_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
])
const TERMINAL = /^response\.(?:completed|incomplete|failed|cancelled)$/

/** A request for a response whose hub tools the proxy runs. Source: the types of `openai` 7.59.0. */
export class ResponsesConversation implements Conversation {
  readonly approved: readonly ToolCall[]
  readonly #request: Readonly<Record<string, unknown>>
  readonly #hub: HubTools
  /** Function calls that the model has in its input. */
  readonly #known: Set<string>
  readonly #input: unknown[]
  readonly #output: unknown[] = []
  #usage: unknown
  #last: Record<string, unknown> = {}
  #lastType = 'response.completed'
  #round: Round | undefined
  #rounds = 0
  #isBegun = false
  /** Events that wait for the first one. */
  #held: readonly (readonly [type: string, data: object])[] = []
  #sequence = 0
  #nextIndex = 0
  /** Where the items of this round are in the answer for the client. */
  #places = new Map<unknown, number>()

  constructor(request: Readonly<Record<string, unknown>>, hub: HubTools) {
    this.#request = request
    this.#hub = hub
    const isStored = typeof request['previous_response_id'] === 'string'
    const { input, approved, known } = readHistory(request['input'], hub, isStored)
    this.#input = [...input]
    this.approved = approved
    this.#known = new Set(known)
  }

  body(): Record<string, unknown> {
    const { max_tool_calls: _most, ...rest } = this.#request
    const tools = [...this.#hub.tools].map(([name, { description, inputSchema }]) => ({
      type: 'function',
      name,
      description,
      parameters: inputSchema,
      strict: false,
    }))
    return {
      ...rest,
      input: this.#input,
      tools: [...this.#hub.others, ...tools],
      ...this.#toolChoice(),
    }
  }

  /** A tool is forced in the first round only: the model would never end otherwise. */
  #toolChoice(): object {
    const choice = this.#request['tool_choice']
    if (choice === undefined) return {}
    if (this.#rounds > 0) return { tool_choice: choice === 'none' ? 'none' : 'auto' }
    const isOurs = member(choice, 'server_label') === this.#hub.label
    if (member(choice, 'type') !== 'mcp' || !isOurs) return { tool_choice: choice }
    const name = member(choice, 'name')
    return {
      tool_choice:
        typeof name === 'string' ? { type: 'function', name: this.#hub.nameOf(name) } : 'required',
    }
  }

  take(answer: unknown): Round {
    this.#rounds += 1
    this.#last = answer as Record<string, unknown>
    this.#usage = sumCounts(this.#usage, member(answer, 'usage'))
    const calls: ToolCall[] = []
    let asksClient = false
    for (const item of listOf(member(answer, 'output'))) {
      const call = this.#callOf(item)
      if (call === undefined) this.#output.push(item)
      else {
        calls.push(call)
        this.#known.add(call.id)
      }
      asksClient ||= call === undefined && CLIENT_CALLS.has(member(item, 'type'))
      if (this.#mayRepeat(item)) this.#input.push(item)
    }
    const isWhole = member(answer, 'status') === 'completed'
    return { calls: isWhole ? calls : [], isLast: asksClient || !isWhole || calls.length === 0 }
  }

  /** Reasoning that is not stored can be given back in its encrypted form only. */
  #mayRepeat(item: unknown): boolean {
    if (member(item, 'type') !== 'reasoning') return true
    const isStored = this.#request['store'] !== false && this.#last['store'] !== false
    return isStored || typeof member(item, 'encrypted_content') === 'string'
  }

  #callOf(item: unknown): ToolCall | undefined {
    if (member(item, 'type') !== 'function_call') return undefined
    const tool = this.#hub.tools.get(plainText(item, 'name'))
    if (tool === undefined) return undefined
    const text = member(item, 'arguments')
    return {
      id: plainText(item, 'call_id'),
      tool: tool.name,
      arguments: typeof text === 'string' ? text : '',
    }
  }

  push(event: unknown): string {
    const type = member(event, 'type')
    if (typeof type !== 'string') return ''
    if (TERMINAL.test(type)) {
      this.#lastType = type
      this.#round = this.take(member(event, 'response'))
      return ''
    }
    const data = event as object
    if (type === 'response.created' || type === 'response.in_progress') {
      if (this.#rounds > 0 || (type === 'response.created' && this.#isBegun)) return ''
      this.#isBegun = true
      const held = type === 'response.in_progress' ? this.#release() : ''
      return this.#event(type, data) + held
    }
    const index = member(event, 'output_index')
    if (index === undefined) return this.#release() + this.#event(type, data)
    if (type === 'response.output_item.added') {
      if (this.#callOf(member(event, 'item')) !== undefined) return ''
      this.#places.set(index, this.#nextIndex)
      this.#nextIndex += 1
    }
    const place = this.#places.get(index)
    return place === undefined
      ? ''
      : this.#release() + this.#event(type, { ...data, output_index: place })
  }

  roundOf(): Round | undefined {
    const round = this.#round
    this.#round = undefined
    this.#places = new Map()
    return round
  }

  ended(calls: readonly EndedToolCall[]): string {
    const events: (readonly [string, object])[] = []
    for (const call of calls) {
      if (!this.#known.has(call.id)) this.#input.push(functionCall(this.#hub, call))
      this.#input.push(functionOutput(call.id, call.output))
      const item = this.#item(call)
      const place = { output_index: this.#nextIndex, item_id: item.id }
      this.#nextIndex += 1
      this.#output.push(item)
      const { output: _output, error: _error, ...begun } = item
      events.push(
        [
          'response.output_item.added',
          { output_index: place.output_index, item: { ...begun, status: 'in_progress' } },
        ],
        ['response.mcp_call.in_progress', place],
        ['response.mcp_call_arguments.done', { ...place, arguments: call.arguments }],
        [`response.mcp_call.${call.isError ? 'failed' : 'completed'}`, place],
        ['response.output_item.done', { output_index: place.output_index, item }],
      )
    }
    return this.#give(events)
  }

  asked(calls: readonly ToolCall[]): string {
    const events = calls.flatMap((call) => {
      const item = {
        type: 'mcp_approval_request',
        id: approvalIdOf(call),
        server_label: this.#hub.label,
        name: call.tool,
        arguments: call.arguments,
      }
      const output_index = this.#nextIndex
      this.#nextIndex += 1
      this.#output.push(item)
      return [
        ['response.output_item.added', { output_index, item }],
        ['response.output_item.done', { output_index, item }],
      ] as const
    })
    return this.#give(events)
  }

  finish(): string {
    return this.#release() + this.#event(this.#lastType, { response: this.whole() })
  }

  whole(): object {
    return {
      ...this.#last,
      output: this.#output,
      ...(this.#request['tools'] !== undefined && { tools: this.#request['tools'] }),
      ...(this.#usage !== undefined && { usage: this.#usage }),
    }
  }

  #item(call: EndedToolCall) {
    const { tool, arguments: text, output, isError } = call
    return {
      type: 'mcp_call',
      id: itemIdOf(call),
      server_label: this.#hub.label,
      name: tool,
      arguments: text,
      output: isError ? null : output,
      error: isError ? output : null,
      status: isError ? 'failed' : 'completed',
    }
  }

  #give(events: readonly (readonly [type: string, data: object])[]): string {
    if (this.#isBegun) return events.map(([type, data]) => this.#event(type, data)).join('')
    this.#held = [...this.#held, ...events]
    return ''
  }

  #release(): string {
    const held = this.#held
    this.#held = []
    return held.map(([type, data]) => this.#event(type, data)).join('')
  }

  #event(type: string, data: object): string {
    const text = JSON.stringify({ ...data, type, sequence_number: this.#sequence })
    this.#sequence += 1
    return `event: ${type}\ndata: ${text}\n\n`
  }
}
