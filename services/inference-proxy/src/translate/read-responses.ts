import type { LanguageModelV4FilePart, LanguageModelV4TextPart } from '@ai-sdk/provider'
import { compact } from '@alkdev/std'
import { listOf, member } from '../usage/usage.ts'
import {
  effortFrom,
  fileFrom,
  googleSigned,
  inputFrom,
  jsonFormat,
  numberIn,
  openReasoning,
  signedCalls,
  textIn,
  untranslatable,
} from './reading.ts'
import { providerName, ResponsesTools } from './responses-tools.ts'
import type { Message, ModelRequest, ToolChoice } from './reading.ts'

type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart
type AssistantPart = Extract<Message, { role: 'assistant' }>['content'][number]

const STATEFUL = ['previous_response_id', 'conversation', 'prompt', 'background']

/** Reads a request for a response. Throws VALIDATION_ERROR for what has no counterpart: nothing is stored. Source: the types of `openai` 7.59.0. */
export function readResponses(body: Readonly<Record<string, unknown>>): ModelRequest {
  for (const name of STATEFUL)
    if (body[name] !== undefined && body[name] !== null && body[name] !== false)
      throw untranslatable(name, name)
  const tools = new ResponsesTools(body['tools']).all
  const toolChoice = readToolChoice(body['tool_choice'])
  if (toolChoice?.type === 'required' && tools.every(({ type }) => type === 'provider'))
    throw untranslatable('tool_choice', 'A required tool that the provider runs')
  const instructions = textIn(body, 'instructions')
  return {
    prompt: [
      ...(instructions === undefined ? [] : [{ role: 'system' as const, content: instructions }]),
      ...conversation(body['input']),
    ],
    ...(tools.length > 0 && { tools: [...tools] }),
    ...(body['parallel_tool_calls'] === false && {
      providerOptions: {
        openai: { parallelToolCalls: false },
        anthropic: { disableParallelToolUse: true },
      },
    }),
    ...compact({
      toolChoice,
      maxOutputTokens: numberIn(body, 'max_output_tokens'),
      temperature: numberIn(body, 'temperature'),
      topP: numberIn(body, 'top_p'),
      reasoning: effortFrom(textIn(body['reasoning'], 'effort')),
      responseFormat: readFormat(member(body['text'], 'format')),
    }),
  }
}

function readFormat(format: unknown): ModelRequest['responseFormat'] {
  const type = member(format, 'type')
  if (type === 'json_object') return jsonFormat(undefined)
  if (type !== 'json_schema') return undefined
  return jsonFormat(member(format, 'schema'), textIn(format, 'name'), textIn(format, 'description'))
}

function readToolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice }
  if (choice === undefined || choice === null) return undefined
  const name = textIn(choice, 'name')
  const type = member(choice, 'type')
  if ((type === 'function' || type === 'custom') && name !== undefined)
    return { type: 'tool', toolName: providerName(name, textIn(choice, 'namespace')) }
  throw untranslatable('tool_choice', 'This tool_choice')
}

function conversation(input: unknown): Message[] {
  if (typeof input === 'string') return [{ role: 'user', content: [{ type: 'text', text: input }] }]
  const names = new Map<string, string>()
  const messages: Message[] = []
  // Items of one turn of the assistant are one message.
  const assistant = (...parts: readonly AssistantPart[]): void => {
    const last = messages.at(-1)
    if (last?.role === 'assistant') last.content.push(...parts)
    else messages.push({ role: 'assistant', content: [...parts] })
  }
  for (const item of listOf(input)) {
    switch (member(item, 'type') ?? 'message') {
      case 'message':
        if (member(item, 'role') === 'assistant')
          assistant({ type: 'text', text: textOf(member(item, 'content')) })
        else messages.push(readMessage(item))
        break
      case 'function_call':
      case 'custom_tool_call': {
        const toolCallId = textIn(item, 'call_id') ?? ''
        const toolName = providerName(textIn(item, 'name') ?? '', textIn(item, 'namespace'))
        names.set(toolCallId, toolName)
        const text = textIn(item, 'input')
        const given =
          text === undefined ? inputFrom(textIn(item, 'arguments') ?? '') : { input: text }
        assistant({ type: 'tool-call', toolCallId, toolName, input: given })
        break
      }
      case 'function_call_output':
      case 'custom_tool_call_output':
        messages.push(readOutput(item, names))
        break
      case 'reasoning':
        assistant(...readReasoning(item))
        break
      default:
        throw untranslatable('input', `An item of type ${JSON.stringify(member(item, 'type'))}`)
    }
  }
  return messages.flatMap((message): Message[] => {
    if (message.role !== 'assistant') return [message]
    const content = signedCalls(message.content)
    return content.length === 0 ? [] : [{ ...message, content }]
  })
}

function readOutput(item: unknown, names: Map<string, string>): Message {
  const toolCallId = textIn(item, 'call_id') ?? ''
  const output = member(item, 'output')
  const toolName = names.get(toolCallId) ?? ''
  return {
    role: 'tool',
    content: [
      {
        type: 'tool-result',
        toolCallId,
        toolName,
        output:
          typeof output === 'string'
            ? { type: 'text', value: output }
            : { type: 'content', value: listOf(output).map(userPart) },
      },
    ],
  }
}

/** Reasoning goes on only if the provider that made it gets it back: Anthropic's, Google's. */
function readReasoning(item: unknown): AssistantPart[] {
  const sealed = openReasoning(textIn(item, 'encrypted_content'))
  if (sealed === undefined || sealed.maker === 'openai') return []
  const text = listOf(member(item, 'summary'))
    .map((part) => textIn(part, 'text') ?? '')
    .join('')
  if (sealed.maker === 'google')
    return [{ type: 'reasoning', text, providerOptions: googleSigned(sealed.text) }]
  const anthropic =
    sealed.maker === 'anthropic' ? { signature: sealed.text } : { redactedData: sealed.text }
  return [{ type: 'reasoning', text, providerOptions: { anthropic } }]
}

function readMessage(item: unknown): Message {
  const content = member(item, 'content')
  switch (member(item, 'role')) {
    case 'system':
    case 'developer':
      return { role: 'system', content: textOf(content) }
    case 'user':
      return {
        role: 'user',
        content:
          typeof content === 'string'
            ? [{ type: 'text', text: content }]
            : listOf(content).map(userPart),
      }
    default:
      throw untranslatable('input', 'A message with this role')
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part) => textIn(part, 'text') ?? textIn(part, 'refusal') ?? '')
    .join('')
}

function userPart(part: unknown): UserPart {
  switch (member(part, 'type')) {
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: textIn(part, 'text') ?? '' }
    case 'input_image': {
      const url = textIn(part, 'image_url')
      if (url === undefined) throw untranslatable('input', 'An image without its data or URL')
      return fileFrom(url, 'input', 'image/*')
    }
    case 'input_file': {
      const address = textIn(part, 'file_data') ?? textIn(part, 'file_url')
      if (address === undefined) throw untranslatable('input', 'A file without its data or URL')
      return fileFrom(address, 'input', 'application/pdf', textIn(part, 'filename'))
    }
    default:
      throw untranslatable('input', `A part of type ${JSON.stringify(member(part, 'type'))}`)
  }
}
