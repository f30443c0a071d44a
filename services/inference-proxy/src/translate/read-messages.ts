import type {
  LanguageModelV4FilePart,
  LanguageModelV4TextPart,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider'
import { compact } from '@alkdev/std'
import { listOf, member } from '../usage/usage.ts'
import {
  fileFrom,
  fileOf,
  functionTool,
  googleSigned,
  jsonFormat,
  numberIn,
  openReasoning,
  signedCalls,
  textIn,
  textsIn,
  untranslatable,
} from './reading.ts'
import type { Message, ModelRequest, Reasoning, ToolChoice } from './reading.ts'

type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart
type AssistantContent = Extract<Message, { role: 'assistant' }>['content']
type ToolContent = Extract<Message, { role: 'tool' }>['content']

/** Reads a request of Anthropic's messages. Throws VALIDATION_ERROR for what has no counterpart. Source: the types of `@anthropic-ai/sdk` 1.14.0. */
export function readMessages(body: Readonly<Record<string, unknown>>): ModelRequest {
  for (const name of ['mcp_servers', 'container'])
    if (body[name] !== undefined && body[name] !== null) throw untranslatable(name, name)
  // Where a request is served is no matter of taste.
  if ((body['inference_geo'] ?? 'global') !== 'global')
    throw untranslatable('inference_geo', 'inference_geo')
  const tools = listOf(body['tools']).map(readTool)
  const choice = body['tool_choice']
  const format = member(member(body, 'output_config'), 'format') ?? member(body, 'output_format')
  return {
    prompt: [...systemOf(body['system']), ...conversation(listOf(body['messages']))],
    ...(tools.length > 0 && { tools }),
    ...(member(choice, 'disable_parallel_tool_use') === true && {
      providerOptions: { openai: { parallelToolCalls: false } },
    }),
    ...compact({
      toolChoice: readToolChoice(choice),
      maxOutputTokens: numberIn(body, 'max_tokens'),
      temperature: numberIn(body, 'temperature'),
      topP: numberIn(body, 'top_p'),
      topK: numberIn(body, 'top_k'),
      stopSequences: textsIn(body, 'stop_sequences'),
      reasoning: readThinking(body),
      responseFormat:
        member(format, 'type') === 'json_schema' ? jsonFormat(member(format, 'schema')) : undefined,
    }),
  }
}

/** Budgets of thinking as efforts: the protocols of OpenAI have no budget. */
function readThinking(body: unknown): Reasoning {
  const thinking = member(body, 'thinking')
  const effort = textIn(member(body, 'output_config'), 'effort')
  if (effort === 'low' || effort === 'medium' || effort === 'high' || effort === 'max')
    return effort
  if (member(thinking, 'type') === 'disabled') return 'none'
  if (member(thinking, 'type') !== 'enabled') return undefined
  const budget = numberIn(thinking, 'budget_tokens') ?? 0
  return budget < 4096 ? 'low' : budget < 16_384 ? 'medium' : 'high'
}

function readTool(tool: unknown) {
  const type = member(tool, 'type')
  if (type !== undefined && type !== 'custom')
    throw untranslatable('tools', `The tool ${JSON.stringify(type)}`)
  return functionTool(
    {
      name: member(tool, 'name'),
      description: member(tool, 'description'),
      schema: member(tool, 'input_schema'),
      strict: member(tool, 'strict'),
    },
    'tools',
  )
}

function readToolChoice(choice: unknown): ToolChoice | undefined {
  switch (member(choice, 'type')) {
    case 'auto':
      return { type: 'auto' }
    case 'any':
      return { type: 'required' }
    case 'none':
      return { type: 'none' }
    case 'tool':
      return { type: 'tool', toolName: textIn(choice, 'name') ?? '' }
    default:
      return undefined
  }
}

function systemOf(system: unknown): Message[] {
  if (typeof system === 'string') return [{ role: 'system', content: system }]
  return listOf(system).map((block) => ({ role: 'system', content: textIn(block, 'text') ?? '' }))
}

function conversation(messages: readonly unknown[]): Message[] {
  const names = new Map<string, string>()
  return messages.flatMap((message): Message[] => {
    const content = member(message, 'content')
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content)
    const role = member(message, 'role')
    if (role === 'assistant')
      return [{ role: 'assistant', content: signedCalls(assistantParts(blocks, names)) }]
    if (role === 'system')
      return blocks.map((block) => ({ role: 'system', content: textIn(block, 'text') ?? '' }))
    if (role !== 'user') throw untranslatable('messages', 'A message with this role')
    const results = blocks.filter((block) => member(block, 'type') === 'tool_result')
    const rest = blocks.filter((block) => member(block, 'type') !== 'tool_result')
    return [
      ...(results.length > 0
        ? [{ role: 'tool' as const, content: results.map((one) => toolResult(one, names)) }]
        : []),
      ...(rest.length > 0 ? [{ role: 'user' as const, content: rest.map(userPart) }] : []),
    ]
  })
}

function toolResult(block: unknown, names: Map<string, string>): ToolContent[number] {
  const toolCallId = textIn(block, 'tool_use_id') ?? ''
  const content = member(block, 'content')
  const toolName = names.get(toolCallId) ?? ''
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content)
  if (parts.every((part) => member(part, 'type') === 'text')) {
    const value = parts.map((part) => textIn(part, 'text') ?? '').join('\n')
    const type = member(block, 'is_error') === true ? 'error-text' : 'text'
    return { type: 'tool-result', toolCallId, toolName, output: { type, value } }
  }
  return {
    type: 'tool-result',
    toolCallId,
    toolName,
    output: { type: 'content', value: parts.map(userPart) },
  }
}

function assistantParts(blocks: readonly unknown[], names: Map<string, string>): AssistantContent {
  return blocks.flatMap((block): AssistantContent => {
    switch (member(block, 'type')) {
      case 'text':
        return [{ type: 'text', text: textIn(block, 'text') ?? '' }]
      case 'thinking':
        return reasoningOf(textIn(block, 'thinking') ?? '', textIn(block, 'signature'))
      case 'redacted_thinking':
        return reasoningOf('', textIn(block, 'data'))
      case 'tool_use': {
        const [toolCallId, toolName] = [textIn(block, 'id') ?? '', textIn(block, 'name') ?? '']
        names.set(toolCallId, toolName)
        return [{ type: 'tool-call', toolCallId, toolName, input: member(block, 'input') ?? {} }]
      }
      default:
        throw untranslatable('messages', `A block of type ${JSON.stringify(member(block, 'type'))}`)
    }
  })
}

/** Thinking goes on only if the provider that made it gets it back: OpenAI's, Google's. Signatures of Anthropic mean nothing to another provider. */
function reasoningOf(text: string, signature: string | undefined): AssistantContent {
  const sealed = openReasoning(signature)
  if (sealed?.maker === 'google')
    return [{ type: 'reasoning', text, providerOptions: googleSigned(sealed.text) }]
  if (sealed?.maker !== 'openai') return []
  const openai: SharedV4ProviderOptions[string] = {
    reasoningEncryptedContent: sealed.text,
    ...(sealed.id !== '' && { itemId: sealed.id }),
  }
  return [{ type: 'reasoning', text, providerOptions: { openai } }]
}

function userPart(block: unknown): UserPart {
  const source = member(block, 'source')
  const [url, data] = [textIn(source, 'url'), textIn(source, 'data')]
  const mediaType = textIn(source, 'media_type')
  switch (member(block, 'type')) {
    case 'text':
      return { type: 'text', text: textIn(block, 'text') ?? '' }
    case 'image':
      if (url !== undefined) return fileFrom(url, 'messages', 'image/*')
      return fileOf(data ?? '', mediaType ?? 'image/png')
    case 'document':
      if (url !== undefined)
        return fileFrom(url, 'messages', 'application/pdf', textIn(block, 'title'))
      if (member(source, 'type') === 'text') return { type: 'text', text: data ?? '' }
      return fileOf(data ?? '', mediaType ?? 'application/pdf', textIn(block, 'title'))
    default:
      throw untranslatable('messages', `A block of type ${JSON.stringify(member(block, 'type'))}`)
  }
}
